"""Progress of long tasks: a live bar in an interactive notebook, printed lines everywhere else.

    with progress("01-naive: cold build") as bar:
        build = work(on_progress=bar)
        bar.summary = build_line(build)

At the end the summary replaces the bar.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from helpers.records import Progress
from helpers.show import units
from helpers.show.displays import Display, PrintedLines, Snapshot, StatusLine

RUN = "WORKBOOK_RUN"  # environment variable that is set while `run` executes the notebooks
DELAY = 0.3  # seconds before the bar appears: shorter tasks show none
INTERVAL = 0.1  # seconds between two updates of the display
TICK = 0.5  # seconds between two updates of the elapsed time while nothing is reported


class Bar:
    """The `on_progress` callback of one task. `summary` is the line that remains at the end."""

    def __init__(self, title: str, display: Display) -> None:
        self.title, self.summary = title, ""
        self._display, self._latest = display, Progress("")
        self._started = time.monotonic()
        self._drawn = self._started + DELAY - INTERVAL
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            self._latest = progress
            self._draw()

    def tick(self) -> None:
        """Updates the elapsed time if INTERVAL has passed since the last update."""
        with self._lock:
            self._draw()

    def end(self) -> None:
        """Removes the bar and leaves the summary, if there is one."""
        with self._lock:
            self._display.end(self.summary)

    def stopped(self) -> str:
        """The summary of a task that was interrupted or failed: after how long, and in which step."""
        step = f", during: {self._latest.what}" if self._latest.what else ""
        return f"✗ {self.title}: stopped after {units.seconds(time.monotonic() - self._started)} s{step}"

    def _draw(self) -> None:
        now = time.monotonic()
        if now - self._drawn >= INTERVAL:
            self._drawn = now
            self._display.show(Snapshot(self.title, self._latest, now - self._started))


@contextmanager
def progress(title: str) -> Iterator[Bar]:
    """A bar for one task, on the display that fits where this code runs."""
    display = _display()
    bar = Bar(title, display)
    try:
        with _ticking(bar, display.ticks):
            yield bar
    except BaseException:
        bar.summary = bar.stopped()
        raise
    finally:
        bar.end()


def front_end_listens() -> bool:
    """Whether this runs in a notebook that is open in a front end.

    Notebook runners use a kernel too, but only front ends allow a cell to ask for input.
    https://jupyter-client.readthedocs.io/en/stable/messaging.html#execute
    """
    kernel = _kernel()
    if kernel is None or RUN in os.environ:
        return False
    request = kernel.get_parent("shell").get("content", {})
    return bool(request.get("allow_stdin"))


def _kernel() -> Any:
    ipython = sys.modules.get("IPython")  # not imported: not a notebook
    return getattr(ipython.get_ipython(), "kernel", None) if ipython else None


def _display() -> Display:
    if front_end_listens():
        from helpers.show.live import Live  # needs ipywidgets, which only a notebook uses

        return Live()
    if sys.stdout.isatty():
        return StatusLine(sys.stdout)
    # In a kernel, output of a thread appears under whichever cell is running, so no thread may print.
    return PrintedLines(sys.stdout, ticks=_kernel() is None)


@contextmanager
def _ticking(bar: Bar, wanted: bool) -> Iterator[None]:
    """Runs a thread that updates the elapsed time every TICK seconds, if `wanted`."""
    done = threading.Event()

    def tick() -> None:
        while not done.wait(TICK):
            bar.tick()

    thread = threading.Thread(target=tick, daemon=True, name="progress")
    if wanted:
        thread.start()
    try:
        yield
    finally:
        done.set()
        if wanted:
            thread.join()
