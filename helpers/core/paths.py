"""Paths: the project, its virtual environment, the results, and the notes about this machine."""

import os
import sys
from pathlib import Path

from helpers.core.replay import REPLAY

PROJECT = Path(__file__).resolve().parents[2]
RUN_LOCK = PROJECT / "run.lock"  # the packages of the course
TEST_LOCK = PROJECT / "test.lock"  # the same in the same versions, and those of `test`, `lint` and `bench`
INSTALLER_LOCK = PROJECT / "installer.lock"  # uv, which installs them
VENV = PROJECT / ".venv"
NOTES = PROJECT / ".workbook"  # the engine's log and what `clean` needs to know; ignored by git

CACHE = "WORKBOOK_CACHE"


def results_folder() -> Path:
    """The folder for the results of this process.

    A replay has a folder of its own, so that it never replaces or adds to what was measured.
    """
    return all_results() / "replay" if os.environ.get(REPLAY) else all_results()


def all_results() -> Path:
    """The folder for all results: the WORKBOOK_RESULTS variable, else results/ in the project."""
    return Path(os.environ.get("WORKBOOK_RESULTS") or PROJECT / "results")


def cache_folder() -> Path:
    """The folder for stand-ins that any checkout and engine of the user may import; it may not exist.

    It follows the XDG Base Directory Specification; `CACHE` is set under sudo, to the folder of the user who called it.
    """
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get(CACHE) or Path(caches, "dockerfile-workbook"))


def in_own_venv() -> bool:
    """Whether the running interpreter is that of the project's own virtual environment."""
    return VENV.exists() and os.path.realpath(sys.prefix) == str(VENV.resolve())


def venv_python() -> Path:
    """The path of the Python in the project's virtual environment, which may not exist yet."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
