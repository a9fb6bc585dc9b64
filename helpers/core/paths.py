"""Paths: the project, its virtual environment, and the notes about this machine."""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LOCK = PROJECT / "requirements.lock"
VENV = PROJECT / ".venv"
NOTES = PROJECT / ".workbook"  # the engine's log and what `clean` needs to know; ignored by git


def venv_python() -> Path:
    """The path of the Python in the project's virtual environment, which may not exist yet."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
