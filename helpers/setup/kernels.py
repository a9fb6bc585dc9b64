"""`import helpers` in every kernel of the environment: a `.pth` file, since kernels start in the notebooks' folder."""

import os
import sys
import sysconfig
from importlib.machinery import PathFinder
from pathlib import Path

from helpers.setup.errors import SetupError

_NAME = "dockerfile-workbook.pth"


def teach(project: Path) -> None:
    """Make sure that kernels of the environment at work import this project's helpers.

    Raises SetupError where another package of that name would be taken, or the environment cannot be written to.
    """
    found = _found_by_kernels(project)
    if found == project:
        return
    if found and not _is_ours().exists():
        raise SetupError(
            f"This Python environment already has another package named helpers, in {found}.",
            "leave that environment (deactivate) and give the same command again: the workbook then makes its own",
        )
    _write(project)


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
        _is_ours().write_text(f"{project}\n", encoding="utf-8")
    except OSError as error:
        raise SetupError(
            f"Notebooks could not be told where the workbook's helpers are: {error.strerror}: {error.filename}.",
            f"export PYTHONPATH={project}, then give the same command again",
        ) from error
