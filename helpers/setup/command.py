"""Runs a short system command with a time limit."""

import contextlib
import subprocess
from collections.abc import Sequence

from helpers.setup.errors import SetupError

SECONDS = 120.0  # a slow disk needs seconds; an unreachable name server can take half a minute


def run(command: Sequence[str], seconds: float = SECONDS) -> "subprocess.CompletedProcess[str]":
    """The command's exit status and output.

    Raises SetupError if it does not finish within `seconds`, OSError if it cannot be started.
    """
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise SetupError(
            f"`{' '.join(command)}` did not finish within {seconds:g} s.",
            "Run it yourself to see what it is waiting for, then start the workbook's command again.",
        ) from error
    finally:
        _end(process)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _end(process: "subprocess.Popen[str]") -> None:
    """Kill the process if it is still running, without waiting: sudo runs as root, and the user can't kill it."""
    if process.poll() is None:
        with contextlib.suppress(PermissionError):
            process.kill()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()
