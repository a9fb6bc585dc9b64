"""Run commands of the machine: short ones with a time limit, long ones with a status line."""

import contextlib
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

from helpers.core import time_left
from helpers.core.errors import SetupError

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
        _kill(process)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _kill(process: "subprocess.Popen[str]") -> None:
    """Kill the process if it is still running, without waiting: sudo runs as root, and the user can't kill it."""
    if process.poll() is None:
        with contextlib.suppress(PermissionError):
            process.kill()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


SECONDS_BETWEEN_LINES = 10.0


class Status:
    """The progress of one long task, shown while it runs."""

    def __init__(self, title: str, total: int = 0, stream: TextIO | None = None) -> None:
        self.title = title
        self.total = total
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty()
        self._started = self._printed = time.monotonic()
        self._what = ""
        self._done = 0

    @property
    def seconds(self) -> float:
        """Seconds since the task began."""
        return time.monotonic() - self._started

    def show(self, what: str, done: int = 0, total: int = 0) -> None:
        """Show the current step, and how many of the total are done."""
        self._what, self._done, self.total = what, done, total or self.total
        self.tick()

    def tick(self) -> None:
        """Show the same step again with the time updated."""
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r\033[K" + self._line()[:width])
            self._stream.flush()
        elif time.monotonic() - self._printed >= SECONDS_BETWEEN_LINES:
            self._print(self._line())

    def close(self, summary: str) -> None:
        """Replace the progress line with a permanent summary line."""
        if self._live:
            self._stream.write("\r\033[K")
        self._print(f"{self.title}: {summary} ({self.seconds:.0f} s)")

    def clear(self) -> None:
        """Erase the progress line; an error message follows."""
        if self._live:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def _line(self) -> str:
        part = f" {self._done} of {self.total} ·" if self.total and self._done else ""
        left = f" · {time_left.note()}" if time_left.note() else ""
        return f"  {self.title}:{part} {self.seconds:.0f} s{left} · {self._what}"

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)
        self._printed = time.monotonic()


_LINES_KEPT = 15
TICK_SECONDS = 1.0  # between updates of the status line; also how long output is read after the command exits
SILENT_SECONDS = 1800.0  # pip prints nothing while it unpacks, nor does apt while it sets up a large package


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
            line = output.get(timeout=TICK_SECONDS)
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
    if time.monotonic() - last_output > SILENT_SECONDS:
        command = " ".join(map(str, process.args)) if isinstance(process.args, list) else str(process.args)
        raise SetupError(
            f"This command printed nothing for {SILENT_SECONDS / 60:g} minutes and was stopped: {command}",
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
