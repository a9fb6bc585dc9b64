"""Runs a long system command and shows its progress."""

import contextlib
import os
import queue
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from helpers.setup.errors import SetupError
from helpers.setup.status import Status

_LINES_KEPT = 15
_SILENT_SECONDS = 1800.0  # pip prints nothing while it unpacks, nor does apt while it sets up a large package


def follow(
    command: Sequence[str],
    status: Status,
    on_line: Callable[[str, Status], None],
    environment: dict[str, str] | None = None,
    hint: str = "",
) -> None:
    """Run `command`, and call `on_line` with each line that it prints, standard error included.

    Raises SetupError if the command fails (with its last 15 lines), prints nothing for 30 minutes, or can't be started.
    """
    last: deque[str] = deque(maxlen=_LINES_KEPT)
    process = _start(command, environment or {})
    try:
        for line in _lines(process, status):
            last.append(line)
            on_line(line, status)
    except BaseException:
        status.clear()
        _end(process)
        raise
    if process.returncode != 0:
        status.clear()
        output = "\n".join(f"    {line}" for line in last)
        raise SetupError(f"This command failed (exit status {process.returncode}): {' '.join(command)}\n{output}", hint)


def _start(command: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **environment},
        )
    except OSError as error:
        raise SetupError(f"{command[0]} could not be started: {error.strerror}.") from error


def _lines(process: subprocess.Popen[str], status: Status) -> Iterator[str]:
    """The lines that the command prints until it exits: a service that it started may keep the output open forever."""
    output: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process, output), daemon=True).start()
    last_output = time.monotonic()
    while True:
        ended = process.poll() is not None
        try:
            line = output.get(timeout=1.0)
        except queue.Empty:
            if ended:
                return
            _require_output(process, last_output)
            status.tick()
            continue
        if line is None:
            _wait(process)
            return
        last_output = time.monotonic()
        yield line.rstrip()


def _wait(process: subprocess.Popen[str]) -> None:
    closed = time.monotonic()
    while process.poll() is None:
        _require_output(process, closed)
        time.sleep(0.01)


def _require_output(process: subprocess.Popen[str], last_output: float) -> None:
    if time.monotonic() - last_output > _SILENT_SECONDS:
        command = " ".join(map(str, process.args)) if isinstance(process.args, list) else str(process.args)
        raise SetupError(
            f"This command printed nothing for {_SILENT_SECONDS / 60:g} minutes and was stopped: {command}",
            "Run it yourself to see what it is waiting for, then start the workbook's command again.",
        )


def _read(process: subprocess.Popen[str], output: queue.SimpleQueue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        output.put(line)
    output.put(None)


def _end(process: subprocess.Popen[str]) -> None:
    """Stop the command. One that runs through sudo belongs to root: the user can't stop it, and it isn't waited for."""
    with contextlib.suppress(PermissionError):
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
