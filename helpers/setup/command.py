"""Run a short command of the machine, for no longer than it may take."""

import contextlib
import subprocess
from collections.abc import Sequence

from helpers.setup.errors import SetupError

SECONDS = 120.0  # for an answer from disk; a name service that is out of reach may take half a minute


def run(command: Sequence[str], seconds: float = SECONDS) -> "subprocess.CompletedProcess[str]":
    """The command's exit status and output.

    Raises SetupError where it does not end in time, OSError where it cannot be started.
    """
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise SetupError(
            f"`{' '.join(command)}` did not end within {seconds:g} s.",
            "type it yourself to see what it waits for, then give the same command again",
        ) from error
    finally:
        _end(process)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _end(process: "subprocess.Popen[str]") -> None:
    """One that still runs is killed and not waited for: sudo runs as root, and this account may not kill it."""
    if process.poll() is None:
        with contextlib.suppress(PermissionError):
            process.kill()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()
