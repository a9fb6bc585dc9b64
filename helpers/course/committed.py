"""The committed text of the course's files, regardless of later edits."""

import subprocess
from pathlib import Path

from helpers.course.sections import PROJECT
from helpers.records.errors import WorkbookError

NO_HISTORY = "The committed text of {path} could not be read: {reason}."
CLONE = "Reset needs a Git clone. If you downloaded the course without its history, unpack the download again."


def committed(path: Path, project: Path = PROJECT) -> str:
    """The text of a project file in the last commit.

    Raises WorkbookError if the project is not a Git clone or the commit does not contain the file.
    """
    name = path.relative_to(project).as_posix()
    # Git refuses to read a clone owned by another user, such as one made by root or used with sudo
    command = ["git", "-c", f"safe.directory={project}", "-C", str(project), "show", f"HEAD:./{name}"]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=30, check=False)
    except FileNotFoundError:
        raise WorkbookError(NO_HISTORY.format(path=name, reason="git is not installed"), CLONE) from None
    if answer.returncode:
        reason = answer.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise WorkbookError(NO_HISTORY.format(path=name, reason=reason), CLONE)
    return answer.stdout.decode("utf-8")


def committed_or_none(path: Path, project: Path = PROJECT) -> str | None:
    """Like `committed`, but None instead of a WorkbookError."""
    try:
        return committed(path, project)
    except WorkbookError:
        return None
