"""Where and when progress is shown, and what remains of it."""

import io
import sys
import threading
from types import SimpleNamespace

import pytest

from helpers.charts import progress as module
from helpers.charts.progress import Bar, Live, PrintedLines, Snapshot, StatusLine, front_end_listens, progress
from helpers.core.records import Progress


class FakeDisplay:
    """A display that records what it is asked to show."""

    ticks = False

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self.ended: list[str] = []

    def show(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    def end(self, summary: str) -> None:
        self.ended.append(summary)


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> FakeDisplay:
    """A fake display that `progress` uses."""
    fake = FakeDisplay()
    monkeypatch.setattr(module, "suitable_display", lambda: fake)
    return fake


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that only moves when a test sets it."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def in_kernel(monkeypatch: pytest.MonkeyPatch, *, allow_stdin: bool) -> None:
    """Simulates a cell that a kernel executes."""
    request = {"content": {"code": "…", "allow_stdin": allow_stdin}}
    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda channel: request))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.delenv(module.RUN, raising=False)


def test_a_front_end_allows_input_and_a_runner_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    in_kernel(monkeypatch, allow_stdin=True)
    assert front_end_listens()
    in_kernel(monkeypatch, allow_stdin=False)
    assert not front_end_listens()


def test_our_own_runs_have_no_front_end(monkeypatch: pytest.MonkeyPatch) -> None:
    in_kernel(monkeypatch, allow_stdin=True)
    monkeypatch.setenv(module.RUN, "20261123T070000Z-abcdef")
    assert not front_end_listens()


def test_a_plain_interpreter_has_no_front_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not front_end_listens()


def test_a_notebook_in_a_front_end_gets_a_widget(monkeypatch: pytest.MonkeyPatch) -> None:
    in_kernel(monkeypatch, allow_stdin=True)
    assert isinstance(module.suitable_display(), Live)


def test_a_notebook_run_without_front_end_gets_lines_and_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    in_kernel(monkeypatch, allow_stdin=False)
    display = module.suitable_display()
    assert isinstance(display, PrintedLines) and not display.ticks


def test_a_terminal_gets_one_line_and_a_pipe_gets_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert isinstance(module.suitable_display(), StatusLine)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert isinstance(module.suitable_display(), PrintedLines) and module.suitable_display().ticks


def test_a_short_task_shows_only_its_summary(display: FakeDisplay) -> None:
    with progress("unchanged build") as bar:
        bar(Progress("COPY . .", 1, 2))
        bar.summary = "unchanged build: 0.07 s"
    assert not display.snapshots
    assert display.ended == ["unchanged build: 0.07 s"]


def test_a_long_task_shows_the_latest_step_at_limited_frequency(display: FakeDisplay, clock: SimpleNamespace) -> None:
    bar = Bar("cold build", display)
    clock.now += module.DELAY + 0.01
    for step in range(50):
        bar(Progress(f"step {step}"))
    clock.now += module.INTERVAL + 0.01
    bar(Progress("step 50"))
    assert [snapshot.progress.what for snapshot in display.snapshots] == ["step 0", "step 50"]
    assert display.snapshots[-1].elapsed == pytest.approx(module.DELAY + module.INTERVAL + 0.02)


def test_a_tick_updates_the_elapsed_time(display: FakeDisplay, clock: SimpleNamespace) -> None:
    bar = Bar("cold build", display)
    bar(Progress("RUN go build"))
    clock.now += 7
    bar.tick()
    assert [(snapshot.progress.what, snapshot.elapsed) for snapshot in display.snapshots] == [("RUN go build", 7.0)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_stopped_task_leaves_its_time_and_step(
    display: FakeDisplay, clock: SimpleNamespace, error: type[BaseException]
) -> None:
    with pytest.raises(error), progress("01-naive: cold build") as bar:
        bar(Progress("RUN go build"))
        clock.now += 3.2
        raise error
    assert display.ended == ["✗ 01-naive: cold build: stopped after 3.2 s, during: RUN go build"]


def test_the_clock_advances_without_progress_reports(display: FakeDisplay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "ticks", True, raising=False)
    monkeypatch.setattr(module, "TICK", 0.01)
    monkeypatch.setattr(module, "DELAY", 0.0)
    ticked = threading.Event()
    monkeypatch.setattr(display, "show", lambda snapshot: ticked.set())
    with progress("cold build"):
        assert ticked.wait(5)
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


def test_the_printed_summary_remains(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    with progress("cold build") as bar:
        bar.summary = "cold build: 2.0 s"
    assert capsys.readouterr().out == "cold build: 2.0 s\n"
