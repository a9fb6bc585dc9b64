"""Run a command of the machine to its end, and show how far it is while it runs."""

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
_SILENT_SECONDS = 1800.0  # pip says nothing while it unpacks everything, nor apt while a large package is set up


def follow(
    command: Sequence[str],
    status: Status,
    hear: Callable[[str, Status], None],
    environment: dict[str, str] | None = None,
    hint: str = "",
) -> None:
    """Run `command`, handing each line it prints to `hear`.

    Raises SetupError with the command's last lines where it fails; where it says nothing for half an hour; or where it
    cannot be started.
    """
    last: deque[str] = deque(maxlen=_LINES_KEPT)
    process = _start(command, environment or {})
    try:
        for line in _lines(process, status):
            last.append(line)
            hear(line, status)
    except BaseException:
        status.clear()
        _end(process)
        raise
    if process.returncode != 0:
        status.clear()
        said = "\n".join(f"    {line}" for line in last)
        raise SetupError(f"This command failed (exit status {process.returncode}): {' '.join(command)}\n{said}", hint)


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
    """What the command prints, until it has ended: a service that it started may hold its output open for ever."""
    said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process, said), daemon=True).start()
    heard = time.monotonic()
    while True:
        ended = process.poll() is not None
        try:
            line = said.get(timeout=1.0)
        except queue.Empty:
            if ended:
                return
            _require_word(process, heard)
            status.tick()
            continue
        if line is None:
            _await_end(process)
            return
        heard = time.monotonic()
        yield line.rstrip()


def _await_end(process: subprocess.Popen[str]) -> None:
    closed = time.monotonic()
    while process.poll() is None:
        _require_word(process, closed)
        time.sleep(0.01)


def _require_word(process: subprocess.Popen[str], heard: float) -> None:
    if time.monotonic() - heard > _SILENT_SECONDS:
        command = " ".join(map(str, process.args)) if isinstance(process.args, list) else str(process.args)
        raise SetupError(
            f"This command has said nothing for {_SILENT_SECONDS / 60:g} minutes and was ended: {command}",
            "type it yourself to see what it waits for, then give the same command again",
        )


def _read(process: subprocess.Popen[str], said: queue.SimpleQueue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        said.put(line)
    said.put(None)


def _end(process: subprocess.Popen[str]) -> None:
    """A command that runs through sudo is root's: this account may not end it, and doesn't wait for it."""
    with contextlib.suppress(PermissionError):
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
