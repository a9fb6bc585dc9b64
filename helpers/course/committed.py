"""The course's own text of its files: what the last commit holds, whatever the reader has made of them since."""

import subprocess
from pathlib import Path

from helpers.course.sections import PROJECT
from helpers.records.errors import WorkbookError

NO_HISTORY = "The course's own text of {path} cannot be read: {reason}."
CLONE = "Reset needs a clone made with git; in a copy without its history, unpack the download again."


def committed(path: Path, project: Path = PROJECT) -> str:
    """The text of a file of the project as the last commit has it.

    Raises WorkbookError where the project is no clone or the commit has no such file.
    """
    name = path.relative_to(project).as_posix()
    # A clone that root made, or sudo uses, belongs to somebody else: git would refuse to read it
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
    """The same; None where it cannot be told or the commit has no such file."""
    try:
        return committed(path, project)
    except WorkbookError:
        return None
