"""Runs a command that uses the terminal itself, and gives it the time to end after Ctrl-C."""

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

SECONDS_AFTER_CTRL_C = 60.0  # pytest stops engines and removes containers at its end


def run(command: Sequence[str], folder: Path | None = None, environment: Mapping[str, str] | None = None) -> int:
    """The exit status of the command, run in the folder with these environment variables.

    Ctrl-C reaches the command too, which then has 60 seconds to end, or until Ctrl-C is pressed again.
    Raises KeyboardInterrupt after that, OSError if the command cannot be started.
    """
    process = subprocess.Popen(command, cwd=folder, env=environment)
    try:
        return process.wait()
    except KeyboardInterrupt:
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_AFTER_CTRL_C)
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
