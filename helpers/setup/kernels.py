"""`import helpers` in every kernel of the environment: a `.pth` file, since kernels start in the notebooks' folder.

In an environment of the user's own it is noted, and `clean` removes it.
"""

import os
import sys
import sysconfig
from importlib.machinery import PathFinder
from pathlib import Path

from helpers.core.errors import SetupError
from helpers.core.paths import VENV
from helpers.setup import changes_made

_NAME = "dockerfile-workbook.pth"


def teach(project: Path) -> None:
    """Make sure that kernels of the environment at work import this project's helpers.

    Raises SetupError where another package of that name would be taken, or the environment cannot be written to.
    """
    found = _found_by_kernels(project)
    if found == project:
        _note(project)  # one that an earlier version wrote was not noted
        return
    if found and not _is_ours().exists():
        raise SetupError(
            f"This Python environment already has another package named helpers, in {found}.",
            "leave that environment (deactivate) and give the same command again: the workbook then makes its own",
        )
    _write(project)
    _note(project)


def forget(project: Path, dry_run: bool = False) -> list[str]:
    """Remove the files that `teach` wrote into environments of the user's own: a line for each, or none.

    One that another clone has taken over since is left to it. A dry run says what would be removed.
    """
    noted = _noted()
    ours = [path for path in noted if _text(Path(path)) == _line(project)]
    said = [_forgotten(Path(path), dry_run) for path in ours]
    kept = [path for path in ours if Path(path).exists()]
    if not dry_run and kept != noted:
        changes_made.write(pth=kept or None)
    return said


def _forgotten(file: Path, dry_run: bool) -> str:
    if dry_run:
        return f"would remove {file}, by which notebooks find the helpers"
    try:
        file.unlink()
    except OSError as error:
        return f"kept {file}, by which notebooks find the helpers: {error.strerror}"
    return f"removed {file}, by which notebooks found the helpers"


def _note(project: Path) -> None:
    """Note our file, where it lies in an environment that is not the project's own: that one goes as a whole."""
    file = _is_ours()
    noted = _noted()
    if VENV.resolve() not in file.resolve().parents and str(file) not in noted and _text(file) == _line(project):
        changes_made.write(pth=[*noted, str(file)])


def _noted() -> list[str]:
    noted = changes_made.read().get("pth")
    return [str(path) for path in noted] if isinstance(noted, list) else []


def _line(project: Path) -> str:
    return f"{project}\n"


def _text(file: Path) -> str:
    """What the file says; "" where there is none."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _found_by_kernels(project: Path) -> Path | None:
    """The folder a kernel would take `helpers` from: its search path is ours but for the folder we were started in."""
    spec = PathFinder.find_spec("helpers", [entry for entry in sys.path[1:] if entry])
    if spec is None or spec.origin is None:
        return None
    return Path(os.path.realpath(spec.origin)).parents[1]


def _is_ours() -> Path:
    return Path(sysconfig.get_path("purelib"), _NAME)


def _write(project: Path) -> None:
    try:
        _is_ours().write_text(_line(project), encoding="utf-8")
    except OSError as error:
        raise SetupError(
            f"Notebooks could not be told where the workbook's helpers are: {error.strerror}: {error.filename}.",
            f"export PYTHONPATH={project}, then give the same command again",
        ) from error
