"""Where things lie: the project, its virtual environment, what was noted about this machine."""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LOCK = PROJECT / "requirements.lock"
VENV = PROJECT / ".venv"
NOTES = PROJECT / ".workbook"  # the engine's log and what `clean` has to know; ignored by git


def venv_python() -> Path:
    """The interpreter of the project's own virtual environment, whether it exists or not."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
