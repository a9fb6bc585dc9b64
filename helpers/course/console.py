"""What a run of the course says while it goes on, line by line, so that ten minutes of work are never silent."""

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from helpers.course.outcome import CourseRun, Outcome
from helpers.records import Kind
from helpers.records.printable import printable

INDENT = "   "
_WORK = {
    Kind.BUILD: "builds",
    Kind.CONTAINER: "containers",
    Kind.SCAN: "images looked into",
    Kind.SWEEP: "build cache swept",
}
SILENCE = 30.0  # seconds without a line after which a run says that it is still at work


class Console:
    """Prints where the run is, what the cells print, and how each section ended."""

    def __init__(self, total: int, out: TextIO | None = None, silence: float = SILENCE) -> None:
        self._total, self._out, self._silence = total, out or sys.stdout, silence
        self._began = self._spoke = time.monotonic()
        self._number = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within it no silence lasts: an instruction may take minutes and print nothing."""
        over = threading.Event()
        listener = threading.Thread(target=self._break_silence, args=(over,), daemon=True)
        listener.start()
        try:
            yield
        finally:
            over.set()
            listener.join()

    def _break_silence(self, over: threading.Event) -> None:
        while not over.wait(self._silence / 10):
            if time.monotonic() - self._spoke >= self._silence:
                self.line(f"… still at work, {duration(time.monotonic() - self._began)} after the start")

    def begin(self, section: str) -> None:
        """A section is about to run."""
        self._number += 1
        elapsed = duration(time.monotonic() - self._began)
        since = f", {elapsed} after the start" if self._number > 1 else ""
        self.line(f"\n[{self._number}/{self._total}] {section}{since}", indent="")

    def line(self, text: str, indent: str = INDENT) -> None:
        """A line that a cell printed."""
        self._spoke = time.monotonic()
        width = shutil.get_terminal_size().columns if self._out.isatty() else 0
        whole = f"{indent}{printable(text)}".rstrip()
        print(f"{whole[: width - 1]}…" if 0 < width < len(whole) else whole, file=self._out, flush=True)

    def end(self, outcome: Outcome) -> None:
        """A section has ended."""
        if outcome.failure is None:
            self.line(f"passed in {duration(outcome.seconds)}")
            return
        self.line(f"FAILED after {duration(outcome.seconds)}, {first_line(str(outcome.failure))}")


def duration(seconds: float) -> str:
    """Seconds as people say them: "8.4 s", "3 min 05 s"."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    return "{} min {:02d} s".format(*divmod(round(seconds), 60))


def first_line(text: str) -> str:
    """The text up to its first line break."""
    return text.partition("\n")[0]


def time_spent(run: CourseRun) -> str:
    """Where a run's time went: the engine's work by kind, and what the course itself took beyond it."""
    parts = [f"{name} {duration(sum(run.worked(kind)))} ({len(run.worked(kind))})" for kind, name in _WORK.items()]
    rest = run.seconds - sum(work.seconds for work in run.work)
    return f"Of {duration(run.seconds)}: {' · '.join(parts)} · all else {duration(max(rest, 0.0))}"


def failures(run: CourseRun) -> str:
    """What failed, where, and why, in the cells' own words; "" where nothing did."""
    if not run.failed:
        return ""
    heading = f"{len(run.failed)} of {len(run.outcomes)} sections failed:"
    told = (_indented(f"{outcome.section}, {outcome.failure}") for outcome in run.failed)
    return "\n".join([heading, *told])


def _indented(text: str) -> str:
    first, *rest = text.splitlines()
    return "\n".join([f"✗ {first}", *(f"  {line}" for line in rest)])
