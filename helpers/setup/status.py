"""A progress line: rewritten in place on a terminal, printed every 10 seconds elsewhere."""

import shutil
import sys
import time
from typing import TextIO

_SECONDS_BETWEEN_LINES = 10.0


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
        elif time.monotonic() - self._printed >= _SECONDS_BETWEEN_LINES:
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
        return f"  {self.title}:{part} {self.seconds:.0f} s · {self._what}"

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)
        self._printed = time.monotonic()
