"""Long work, told while it goes on: a live bar where a front end listens, lines of print everywhere else.

    with progress("01-naive: cold build") as bar:
        build = work(on_progress=bar)
        bar.summary = build_line(build)

The bar is gone at the end, and the summary stands in its place.
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
from helpers.show.places import Lines, Moment, Place, Rewritten

RUN = "WORKBOOK_RUN"  # set in the environment by what executes notebooks with nobody watching
PATIENCE = 0.3  # seconds; work that is done before has no bar
INTERVAL = 0.1  # seconds between two drawings
TICK = 0.5  # seconds after which the clock is drawn again though nothing was reported


class Bar:
    """What is called with each Progress of one piece of work; `summary` is the line that stays at the end."""

    def __init__(self, title: str, place: Place) -> None:
        self.title, self.summary = title, ""
        self._place, self._latest = place, Progress("")
        self._began = time.monotonic()
        self._drawn = self._began + PATIENCE - INTERVAL
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            self._latest = progress
            self._draw()

    def tick(self) -> None:
        """Draws the time that has passed since, where drawing is due."""
        with self._lock:
            self._draw()

    def end(self) -> None:
        """Takes the bar away and leaves the summary, if there is one."""
        with self._lock:
            self._place.end(self.summary)

    def stopped(self) -> str:
        """What stays of work that did not come to its end: when it stopped, and at what."""
        at = f", at: {self._latest.what}" if self._latest.what else ""
        return f"✗ {self.title}: stopped after {units.seconds(time.monotonic() - self._began)} s{at}"

    def _draw(self) -> None:
        now = time.monotonic()
        if now - self._drawn >= INTERVAL:
            self._drawn = now
            self._place.show(Moment(self.title, self._latest, now - self._began))


@contextmanager
def progress(title: str) -> Iterator[Bar]:
    """A bar for one piece of work, wherever this code runs."""
    place = _place()
    bar = Bar(title, place)
    try:
        with _ticking(bar, place.ticks):
            yield bar
    except BaseException:
        bar.summary = bar.stopped()
        raise
    finally:
        bar.end()


def front_end_listens() -> bool:
    """Whether somebody sits before the notebook that runs this.

    Runners execute cells in a kernel too, but none of them lets a cell ask for input, as every front end does.
    https://jupyter-client.readthedocs.io/en/stable/messaging.html#execute
    """
    kernel = _kernel()
    if kernel is None or RUN in os.environ:
        return False
    request = kernel.get_parent("shell").get("content", {})
    return bool(request.get("allow_stdin"))


def _kernel() -> Any:
    ipython = sys.modules.get("IPython")  # never loaded: certainly no notebook
    return getattr(ipython.get_ipython(), "kernel", None) if ipython else None


def _place() -> Place:
    if front_end_listens():
        from helpers.show.live import Live  # only here is ipywidgets of any use

        return Live()
    if sys.stdout.isatty():
        return Rewritten(sys.stdout)
    # In a kernel, what a thread prints lands in whichever cell runs then.
    return Lines(sys.stdout, ticks=_kernel() is None)


@contextmanager
def _ticking(bar: Bar, wanted: bool) -> Iterator[None]:
    """While the work goes on, a thread that draws the clock again every half second."""
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
