"""The progress lines of a course run: printed one by one, so that a run of many minutes is never silent."""

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from helpers.core.printable import printable
from helpers.core.records import Kind, Tally
from helpers.core.time_left import Steps
from helpers.runner.outcome import CourseRun, Outcome

INDENT = "   "
_WORK = {
    Kind.BUILD: "builds",
    Kind.CONTAINER: "containers",
    Kind.SCAN: "image scans",
    Kind.SWEEP: "build cache cleanup",
}
SILENCE = 10.0  # seconds without output after which a heartbeat line is printed


class Console:
    """Prints the section being run, the output of its cells, and how each section ended."""

    def __init__(
        self,
        total: int,
        out: TextIO | None = None,
        silence: float = SILENCE,
        steps: Steps | None = None,
        done: int = 0,
        elapsed: float = 0.0,
    ) -> None:
        """`steps` are the sections with the times expected of them.

        For a run that is continued, `done` is the number of sections before, and `elapsed` the seconds that they took.
        """
        self._total, self._out, self._silence = total, out or sys.stdout, silence
        self._last_output = time.monotonic()
        self._started = self._last_output - elapsed
        self._number, self._steps = done, steps or Steps({})

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Within this context, a heartbeat line breaks each long silence: one instruction can run for minutes."""
        stop = threading.Event()
        thread = threading.Thread(target=self._print_heartbeats, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _print_heartbeats(self, stop: threading.Event) -> None:
        while not stop.wait(self._silence / 10):
            if time.monotonic() - self._last_output >= self._silence:
                self.line(f"… still running ({self._elapsed()})")

    def _elapsed(self) -> str:
        left = self._steps.note()
        return f"{duration(time.monotonic() - self._started)} elapsed{left and f', {left}'}"

    def begin(self, section: str) -> None:
        """Prints the heading of the section that is about to run."""
        self._number += 1
        since = f" ({self._elapsed()})" if self._number > 1 else ""
        self._steps.begin(section)
        self.line(f"\n[{self._number}/{self._total}] {section}{since}", indent="")

    def line(self, text: str, indent: str = INDENT) -> None:
        """Prints a line of a cell's output, shortened to the terminal's width."""
        self._last_output = time.monotonic()
        width = shutil.get_terminal_size().columns if self._out.isatty() else 0
        whole = f"{indent}{printable(text)}".rstrip()
        print(f"{whole[: width - 1]}…" if 0 < width < len(whole) else whole, file=self._out, flush=True)

    def end(self, outcome: Outcome) -> None:
        """Prints how a section ended."""
        self._steps.end()
        if outcome.failure is None:
            self.line(f"{outcome.status} in {duration(outcome.seconds)}")
            return
        self.line(f"FAILED after {duration(outcome.seconds)}, {first_line(str(outcome.failure))}")


def duration(seconds: float) -> str:
    """Seconds in readable form: "8.4 s", "3 min 05 s"."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    return "{} min {:02d} s".format(*divmod(round(seconds), 60))


def first_line(text: str) -> str:
    """The text up to its first line break."""
    return text.partition("\n")[0]


def time_spent(run: CourseRun) -> str:
    """How a run's time was spent: the engine's work by kind, with its count, and everything else.

    In a replay, the work is the recorded one, which takes another time than the replay.
    """
    parts = [f"{name} {duration(sum(run.worked(kind)))} ({len(run.worked(kind))})" for kind, name in _WORK.items()]
    if run.replay:
        return f"Replayed in {duration(run.seconds)}; recorded: {' · '.join(parts[:-1])}"
    rest = run.seconds - sum(work.seconds for work in run.work)
    return f"Total {duration(run.seconds)}: {' · '.join(parts)} · other {duration(max(rest, 0.0))}"


def measurements(tally: Tally) -> str:
    """How many measurements the sections asked for, and how many of those were made, shared and made twice."""
    return f"Measurements: {tally.planned} planned, {tally.made} made, {tally.shared} shared, {tally.repeated} repeated"


def failures(run: CourseRun) -> str:
    """The failed sections, each with its cell and error message; "" if none failed."""
    if not run.failed:
        return ""
    heading = f"{len(run.failed)} of {len(run.outcomes)} sections failed:"
    listed = (_indented(f"{outcome.section}, {outcome.failure}") for outcome in run.failed)
    return "\n".join([heading, *listed])


def _indented(text: str) -> str:
    first, *rest = text.splitlines()
    return "\n".join([f"✗ {first}", *(f"  {line}" for line in rest)])
