"""Progress in print: one line that is written over in a terminal, line after line where output is kept."""

import shutil
from dataclasses import dataclass
from typing import Protocol, TextIO

from helpers.records import Progress
from helpers.records.printable import printable
from helpers.show.words import one_line, plain

PAUSE = 1.0  # seconds between two lines of print
SIGN_OF_LIFE = 30.0  # seconds after which a line is printed though nothing new is done
BAR_WIDTH = 16


@dataclass(frozen=True)
class Moment:
    """Where one piece of work stands: its name, the last it said, the seconds since it began."""

    title: str
    progress: Progress
    elapsed: float

    @property
    def clock(self) -> str:
        """The elapsed time, "12 s" or "2 min 05 s"."""
        minutes, seconds = divmod(int(self.elapsed), 60)
        return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"

    @property
    def part(self) -> str:
        """Which part of how many, "3 of 6"; "" where that is not known."""
        return f"{self.progress.done} of {self.progress.total}" if self.progress.total else ""


class Place(Protocol):
    """Where progress is shown."""

    ticks: bool  # whether it may be drawn from a thread, between two reports

    def show(self, moment: Moment) -> None:
        """Shows the moment in place of the one before."""

    def end(self, summary: str) -> None:
        """Takes away what must not stay and leaves the summary, if there is one."""


class Rewritten:
    """One line of a terminal, written over and cleared at the end. No escape sequence is needed for it."""

    ticks = True

    def __init__(self, out: TextIO) -> None:
        self._out, self._length = out, 0

    def show(self, moment: Moment) -> None:
        """Writes the moment over the one before, cut to the terminal's width."""
        step = moment.progress
        bar = _bar(step) if step.total else ""
        words = (bar, moment.part, moment.clock, moment.title, step.what, step.detail)
        self._write(" · ".join(plain(word) for word in words if word))

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


class Lines:
    """A line for each new thing that is done, but never a flood of them; they stay."""

    def __init__(self, out: TextIO, ticks: bool) -> None:
        self._out, self.ticks = out, ticks
        self._what, self._elapsed = "", -PAUSE

    def show(self, moment: Moment) -> None:
        """Prints what is new, or after a long silence that it still goes on."""
        since = moment.elapsed - self._elapsed
        news = moment.progress.what != self._what and since >= PAUSE
        if news or since >= SIGN_OF_LIFE:
            self._what, self._elapsed = moment.progress.what, moment.elapsed
            words = (plain(moment.title), moment.part, one_line(moment.progress.what), moment.clock)
            print(" · ".join(word for word in words if word), file=self._out, flush=True)

    def end(self, summary: str) -> None:
        """Prints the summary."""
        if summary:
            print(printable(summary), file=self._out, flush=True)


def _bar(step: Progress) -> str:
    filled = BAR_WIDTH * min(step.done, step.total) // step.total
    return f"[{'#' * filled}{'-' * (BAR_WIDTH - filled)}]"
