"""Run a command of the machine to its end, and show how far it is while it runs."""

import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from helpers.setup.errors import SetupError
from helpers.setup.status import Status

_LINES_KEPT = 15


def follow(
    command: Sequence[str],
    status: Status,
    hear: Callable[[str, Status], None],
    environment: dict[str, str] | None = None,
    mend: str = "",
) -> None:
    """Run `command`, handing each line it prints to `hear`.

    Raises SetupError with the command's last lines where it fails or cannot be started.
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
    if process.wait() != 0:
        status.clear()
        said = "\n".join(f"    {line}" for line in last)
        raise SetupError(f"This command failed (exit status {process.returncode}): {' '.join(command)}\n{said}", mend)


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
    said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process, said), daemon=True).start()
    while True:
        try:
            line = said.get(timeout=1.0)
        except queue.Empty:
            status.tick()
            continue
        if line is None:
            return
        yield line.rstrip()


def _read(process: subprocess.Popen[str], said: queue.SimpleQueue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        said.put(line)
    said.put(None)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
