"""Paths: the project, its virtual environment, and the notes about this machine."""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LOCK = PROJECT / "requirements.lock"
VENV = PROJECT / ".venv"
NOTES = PROJECT / ".workbook"  # the engine's log and what `clean` needs to know; ignored by git


def in_own_venv() -> bool:
    """Whether the running interpreter is that of the project's own virtual environment."""
    return VENV.exists() and os.path.realpath(sys.prefix) == str(VENV.resolve())


def venv_python() -> Path:
    """The path of the Python in the project's virtual environment, which may not exist yet."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
