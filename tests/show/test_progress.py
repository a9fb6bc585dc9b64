"""Where progress is shown, when, and what stays of it."""

import io
import sys
import threading
from types import SimpleNamespace

import pytest

from helpers.records import Progress
from helpers.show import progress as module
from helpers.show.live import Live
from helpers.show.places import Lines, Moment, Rewritten
from helpers.show.progress import Bar, front_end_listens, progress


class Noted:
    """A place that notes what it is asked to show."""

    ticks = False

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.ended: list[str] = []

    def show(self, moment: Moment) -> None:
        self.moments.append(moment)

    def end(self, summary: str) -> None:
        self.ended.append(summary)


@pytest.fixture
def place(monkeypatch) -> Noted:
    """The place that progress is shown in."""
    noted = Noted()
    monkeypatch.setattr(module, "_place", lambda: noted)
    return noted


@pytest.fixture
def clock(monkeypatch) -> SimpleNamespace:
    """A clock that stands still until it is moved."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def in_kernel(monkeypatch, *, allow_stdin: bool) -> None:
    """Makes this look like a cell that a kernel was asked to execute."""
    request = {"content": {"code": "…", "allow_stdin": allow_stdin}}
    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda channel: request))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.delenv(module.RUN, raising=False)


def test_a_front_end_lets_cells_ask_for_input_and_a_runner_does_not(monkeypatch):
    in_kernel(monkeypatch, allow_stdin=True)
    assert front_end_listens()
    in_kernel(monkeypatch, allow_stdin=False)
    assert not front_end_listens()


def test_our_own_runs_have_no_front_end(monkeypatch):
    in_kernel(monkeypatch, allow_stdin=True)
    monkeypatch.setenv(module.RUN, "20261123T070000Z-abcdef")
    assert not front_end_listens()


def test_a_plain_interpreter_has_no_front_end(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not front_end_listens()


def test_a_watched_notebook_gets_a_widget(monkeypatch):
    in_kernel(monkeypatch, allow_stdin=True)
    assert isinstance(module._place(), Live)


def test_a_notebook_nobody_watches_gets_lines_and_no_thread_prints_them(monkeypatch):
    in_kernel(monkeypatch, allow_stdin=False)
    place = module._place()
    assert isinstance(place, Lines) and not place.ticks


def test_a_terminal_gets_one_line_and_a_pipe_gets_several(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", terminal)
    assert isinstance(module._place(), Rewritten)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert isinstance(module._place(), Lines) and module._place().ticks


def test_work_that_is_done_at_once_shows_only_its_summary(place):
    with progress("unchanged build") as bar:
        bar(Progress("COPY . .", 1, 2))
        bar.summary = "unchanged build: 0.07 s"
    assert not place.moments
    assert place.ended == ["unchanged build: 0.07 s"]


def test_longer_work_shows_the_latest_and_not_more_often_than_can_be_read(place, clock):
    bar = Bar("cold build", place)
    clock.now += module.PATIENCE + 0.01
    for step in range(50):
        bar(Progress(f"step {step}"))
    clock.now += module.INTERVAL + 0.01
    bar(Progress("step 50"))
    assert [moment.progress.what for moment in place.moments] == ["step 0", "step 50"]
    assert place.moments[-1].elapsed == pytest.approx(module.PATIENCE + module.INTERVAL + 0.02)


def test_a_tick_shows_how_long_the_latest_has_taken(place, clock):
    bar = Bar("cold build", place)
    bar(Progress("RUN go build"))
    clock.now += 7
    bar.tick()
    assert [(moment.progress.what, moment.elapsed) for moment in place.moments] == [("RUN go build", 7.0)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_work_that_is_stopped_leaves_when_and_at_what(place, clock, error):
    with pytest.raises(error), progress("01-naive: cold build") as bar:
        bar(Progress("RUN go build"))
        clock.now += 3.2
        raise error
    assert place.ended == ["✗ 01-naive: cold build: stopped after 3.2 s, at: RUN go build"]


def test_the_clock_goes_on_while_the_work_is_silent(place, monkeypatch):
    monkeypatch.setattr(place, "ticks", True, raising=False)
    monkeypatch.setattr(module, "TICK", 0.01)
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    ticked = threading.Event()
    monkeypatch.setattr(place, "show", lambda moment: ticked.set())
    with progress("cold build"):
        assert ticked.wait(5)
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


def test_in_print_the_summary_stays(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    with progress("cold build") as bar:
        bar.summary = "cold build: 2.0 s"
    assert capsys.readouterr().out == "cold build: 2.0 s\n"
