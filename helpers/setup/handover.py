"""The plan of a command, passed on when the command starts over in `.venv` or as root.

The variable is only in the environment of the process that starts over, which takes it out again: kernels, tests and an
engine never inherit it.
"""

import os
from collections.abc import Callable

_VARIABLE = "WORKBOOK_STEPS"
_writers: dict[str, Callable[[], str]] = {}


def register(write: Callable[[], str]) -> None:
    """Let this function write the plan as text if the command starts over; it replaces an earlier one."""
    _writers[_VARIABLE] = write


def variables() -> dict[str, str]:
    """The environment variable that passes the plan on; none if there is no plan."""
    return {name: write() for name, write in _writers.items()}


def take() -> str:
    """The plan as the command wrote it before it started over, only the first time; "" if there is none."""
    return os.environ.pop(_VARIABLE, "")
