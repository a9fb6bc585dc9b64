"""Printed progress: one line that is overwritten in a terminal, successive lines where the output is kept."""

import html
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TextIO

import ipywidgets  # type: ignore[import-untyped]
from IPython.display import DisplayHandle, display
from tqdm import tqdm  # type: ignore[import-untyped]

from helpers.charts.rich import bundle
from helpers.core import time_left, units
from helpers.core.printable import one_line, plain, printable
from helpers.core.records import Progress

MIN_INTERVAL = 1.0  # seconds between two printed lines
HEARTBEAT = 10.0  # seconds without a line after which one is printed even if the step is the same
_WITH_BAR, _BLOCKS = "[{bar:16}] · {desc}", "-#"  # tqdm's format: a bar of 16 characters, empty or full


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
        self._out, self._shown = out, False
        self._overwrite: Callable[[str], None] = tqdm.status_printer(out)

    def show(self, snapshot: Snapshot) -> None:
        """Overwrites the line with the snapshot, cut to the terminal's width."""
        step, width = snapshot.progress, shutil.get_terminal_size().columns - 1
        fields = (snapshot.part, snapshot.clock, time_left.note(), snapshot.title, step.what, step.detail)
        text = " · ".join(plain(field) for field in fields if field)
        form = _WITH_BAR if step.total else "{desc}"
        line = tqdm.format_meter(
            min(step.done, step.total),
            step.total or None,
            snapshot.elapsed,
            ncols=width,
            prefix=text[:width],  # tqdm shortens wide characters one by one, which a long log line makes slow
            ascii=_BLOCKS,
            bar_format=form,
        )
        self._overwrite(line)
        self._shown = True

    def end(self, summary: str) -> None:
        """Clears the line and prints the summary."""
        if self._shown:
            self._overwrite("")
            self._out.write("\r")
        if summary:
            print(printable(summary), file=self._out)
        self._out.flush()


class PrintedLines:
    """A permanent line for each new step, at most one per MIN_INTERVAL.

    tqdm has no such form: it writes carriage returns to a file too, and a line at each interval whatever the step.
    """

    def __init__(self, out: TextIO, ticks: bool) -> None:
        self._out, self.ticks = out, ticks
        self._what, self._elapsed = "", -MIN_INTERVAL

    def show(self, snapshot: Snapshot) -> None:
        """Prints a line for a new step, and a heartbeat for one that takes long."""
        since = snapshot.elapsed - self._elapsed
        is_new = snapshot.progress.what != self._what and since >= MIN_INTERVAL
        if is_new or since >= HEARTBEAT:
            self._what, self._elapsed = snapshot.progress.what, snapshot.elapsed
            step = one_line(snapshot.progress.what)
            fields = (plain(snapshot.title), snapshot.part, step, snapshot.clock, time_left.note())
            print(" · ".join(field for field in fields if field), file=self._out, flush=True)

    def end(self, summary: str) -> None:
        """Prints the summary."""
        if summary:
            print(printable(summary), file=self._out, flush=True)


_FRAME = "font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px);line-height:1.5"
_ONE_LINE = "white-space:pre;overflow:hidden;text-overflow:ellipsis"
_BAR = "width:14em;accent-color:#0072b2;vertical-align:middle"


class Live:
    """A widget under the cell. At the end the summary replaces it, so that the notebook saves no dead widget."""

    ticks = True  # a thread may update a widget: its output always stays under its own cell

    def __init__(self) -> None:
        self._widget = ipywidgets.HTML()
        self._handle: Any = None

    def show(self, snapshot: Snapshot) -> None:
        """Draws the snapshot; the first call displays the widget."""
        self._widget.value = markup(snapshot)
        if self._handle is None:
            self._handle = DisplayHandle()
            self._handle.display(self._widget)

    def end(self, summary: str) -> None:
        """Replaces the widget with the summary."""
        if self._handle is not None:
            self._handle.update(bundle(summary) if summary else {"text/plain": ""}, raw=True)
        elif summary:
            display(bundle(summary), raw=True)
        self._widget.close()


def markup(snapshot: Snapshot) -> str:
    """The snapshot as HTML, with a native progress element, which assistive technology recognizes."""
    step = snapshot.progress
    value = f' value="{step.done}" max="{step.total}"' if step.total else ""
    bar = f'<progress{value} style="{_BAR}" aria-label="{html.escape(snapshot.title)}"></progress>'
    head = " · ".join(html.escape(text) for text in (snapshot.title, snapshot.part, snapshot.clock) if text)
    log = "".join(
        f'<div style="{_ONE_LINE}">{html.escape(plain(text))}</div>' for text in (step.what, step.detail) if text
    )
    return f'<div style="{_FRAME}">{bar} {head}{log}</div>'


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
        """Draws the progress, unless the last drawing is younger than INTERVAL."""
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
    display = suitable_display()
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


def _kernel() -> Any:  # noqa: ANN401  # ipykernel is not imported
    ipython = sys.modules.get("IPython")  # not imported: not a notebook
    return getattr(ipython.get_ipython(), "kernel", None) if ipython else None


def suitable_display() -> Display:
    """The display for where this code runs: a live notebook, a terminal, or an output that is kept."""
    if front_end_listens():
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
