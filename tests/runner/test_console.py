"""The progress lines of a run, its time summary and its list of failures."""

import io
import time

import pytest

from helpers.core.records import Tally
from helpers.core.time_left import Steps
from helpers.runner import console
from helpers.runner.outcome import CourseRun, Failure, Outcome


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.04, "0.0 s"), (8.44, "8.4 s"), (59.97, "1 min 00 s"), (60, "1 min 00 s"), (185, "3 min 05 s")],
)
def test_durations(seconds: float, expected: str) -> None:
    assert console.duration(seconds) == expected


def test_sections_and_their_results_are_printed() -> None:
    out = io.StringIO()
    output = console.Console(2, out)
    output.begin("01-naive")
    output.line("cold build: 3.0 s")
    output.end(Outcome("01-naive", 3.2))
    output.begin("02-pin-base-image")
    output.end(Outcome("02-pin-base-image", 61, Failure("NameError: x\nmore", 3, "x")))
    lines = out.getvalue().splitlines()
    assert lines[:4] == ["", "[1/2] 01-naive", "   cold build: 3.0 s", "   passed in 3.2 s"]
    assert lines[5].startswith("[2/2] 02-pin-base-image (")
    assert lines[5].endswith(" s elapsed)")
    assert lines[6] == "   FAILED after 1 min 01 s, cell 3 (x): NameError: x"


class Clock:
    """A clock that the test sets."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(console, "time", made)
    return made


def test_a_heartbeat_breaks_a_long_silence(clock: Clock) -> None:
    out = io.StringIO()
    output = console.Console(1, out, silence=0.05)  # checked ten times as often
    with output.heartbeat():
        output.begin("01-naive")
        clock.now += 64
        end = time.monotonic() + 10
        while "still running" not in out.getvalue() and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.05)  # printed once, and not again before the next silence
    assert out.getvalue().splitlines()[2:] == ["   … still running (1 min 04 s elapsed)"]


def test_there_is_no_heartbeat_between_frequent_lines(clock: Clock) -> None:
    out = io.StringIO()
    output = console.Console(1, out, silence=0.1)
    with output.heartbeat():
        for _ in range(5):
            output.line("a line")
            clock.now += 0.09
            time.sleep(0.03)
    assert set(out.getvalue().splitlines()) == {"   a line"}


def test_the_time_left_follows_how_long_the_sections_took() -> None:
    out, steps = io.StringIO(), Steps({"01-naive": 100.0, "02-pin-base-image": 110.0, "03-build-binary": 120.0})
    output = console.Console(3, out, steps=steps)
    output.begin("01-naive")
    steps.began -= 210  # it took 210 s, so everything takes twice as long
    output.end(Outcome("01-naive", 210.0))
    output.begin("02-pin-base-image")
    assert out.getvalue().splitlines()[4].endswith(" elapsed, about 8 min left)")


def test_a_run_that_is_continued_counts_its_earlier_sections() -> None:
    out = io.StringIO()
    console.Console(3, out, done=1, elapsed=65.0).begin("02-pin-base-image")
    assert out.getvalue() == "\n[2/3] 02-pin-base-image (1 min 05 s elapsed)\n"


def test_long_lines_are_shortened_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    out = io.StringIO()
    out.isatty = lambda: True  # type: ignore[method-assign]
    console.Console(1, out).line("x" * 50)
    (line,) = out.getvalue().splitlines()
    assert len(line) == 20
    assert line.endswith("…")


def test_long_lines_are_kept_in_a_file() -> None:
    out = io.StringIO()
    console.Console(1, out).line("x" * 500)
    assert "x" * 500 in out.getvalue()


def test_time_spent(course_run: CourseRun) -> None:
    assert console.time_spent(course_run) == (
        "Total 12 min 34 s: builds 8 min 20 s (2) · containers 1 min 30 s (1) · image scans 0.0 s (0)"
        " · build cache cleanup 0.0 s (0) · other 2 min 44 s"
    )


def test_the_measurements_that_sections_share_are_counted() -> None:
    line = console.measurements(Tally(planned=120, distinct=60, made=61, shared=59))
    assert line == "Measurements: 120 planned, 61 made, 59 shared, 1 repeated"


def test_failures_are_listed_by_section_with_their_hint(course_run: CourseRun) -> None:
    assert console.failures(course_run).splitlines() == [
        "2 of 3 sections failed:",
        "✗ 09-cache-mount, cell 9 (section.check()): ClaimsFailed: 1 of 2 <claims>",
        "  → Look.",
        "✗ 11-finish-the-job, cell 2 (section = open_section('11')): The kernel died.",
    ]


def test_the_time_of_a_replay_is_not_that_of_the_recorded_work(replayed_run: CourseRun) -> None:
    assert console.time_spent(replayed_run) == (
        "Replayed in 12 min 34 s; recorded: builds 8 min 20 s (2) · containers 1 min 30 s (1) · image scans 0.0 s (0)"
    )


def test_a_section_of_a_replay_ends_as_replayed() -> None:
    out = io.StringIO()
    console.Console(1, out).end(Outcome("01-naive", 1.5, replayed=True))
    assert out.getvalue().strip() == "replayed in 1.5 s"
