"""Printed progress: one line that is overwritten in a terminal, successive lines where the output is kept."""

import shutil
from dataclasses import dataclass
from typing import Protocol, TextIO

from helpers.records import Progress
from helpers.records.printable import printable
from helpers.show.words import one_line, plain

MIN_INTERVAL = 1.0  # seconds between two printed lines
HEARTBEAT = 30.0  # seconds without a line after which one is printed even if the step is the same
BAR_WIDTH = 16


@dataclass(frozen=True)
class Snapshot:
    """The state of one task: its title, its latest progress report, the seconds since it started."""

    title: str
    progress: Progress
    elapsed: float

    @property
    def clock(self) -> str:
        """The elapsed time: "12 s" or "2 min 05 s"."""
        minutes, seconds = divmod(int(self.elapsed), 60)
        return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"

    @property
    def part(self) -> str:
        """How many parts of the total are done: "3 of 6"; "" if the total is unknown."""
        return f"{self.progress.done} of {self.progress.total}" if self.progress.total else ""


class Display(Protocol):
    """Where progress is shown."""

    ticks: bool  # whether a thread may redraw it between two reports

    def show(self, snapshot: Snapshot) -> None:
        """Shows the snapshot in place of the previous one."""

    def end(self, summary: str) -> None:
        """Removes temporary output and leaves the summary, if there is one."""


class StatusLine:
    """One terminal line, overwritten on each update and cleared at the end, without escape sequences."""

    ticks = True

    def __init__(self, out: TextIO) -> None:
        self._out, self._length = out, 0

    def show(self, snapshot: Snapshot) -> None:
        """Overwrites the line with the snapshot, cut to the terminal's width."""
        step = snapshot.progress
        bar = _bar(step) if step.total else ""
        fields = (bar, snapshot.part, snapshot.clock, snapshot.title, step.what, step.detail)
        self._write(" · ".join(plain(field) for field in fields if field))

    def end(self, summary: str) -> None:
        """Clears the line and prints the summary."""
        if self._length:
            self._write("")
            self._out.write("\r")
        if summary:
            print(printable(summary), file=self._out)
        self._out.flush()

    def _write(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]
        self._out.write("\r" + text.ljust(self._length))
        self._length = len(text)
        self._out.flush()


class PrintedLines:
    """A permanent line for each new step, at most one per MIN_INTERVAL."""

    def __init__(self, out: TextIO, ticks: bool) -> None:
        self._out, self.ticks = out, ticks
        self._what, self._elapsed = "", -MIN_INTERVAL

    def show(self, snapshot: Snapshot) -> None:
        """Prints a line for a new step, and a heartbeat for one that takes long."""
        since = snapshot.elapsed - self._elapsed
        is_new = snapshot.progress.what != self._what and since >= MIN_INTERVAL
        if is_new or since >= HEARTBEAT:
            self._what, self._elapsed = snapshot.progress.what, snapshot.elapsed
            fields = (plain(snapshot.title), snapshot.part, one_line(snapshot.progress.what), snapshot.clock)
            print(" · ".join(field for field in fields if field), file=self._out, flush=True)

    def end(self, summary: str) -> None:
        """Prints the summary."""
        if summary:
            print(printable(summary), file=self._out, flush=True)


def _bar(step: Progress) -> str:
    filled = BAR_WIDTH * min(step.done, step.total) // step.total
    return f"[{'#' * filled}{'-' * (BAR_WIDTH - filled)}]"
