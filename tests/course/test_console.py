"""What a run says while it goes on."""

import io
import time

import pytest

from helpers.course import console
from helpers.course.outcome import CourseRun, Failure, Outcome


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (8.44, "8.4 s"), (59.97, "1 min 00 s"), (60, "1 min 00 s"), (185, "3 min 05 s")],
)
def test_durations(seconds: float, said: str) -> None:
    assert console.duration(seconds) == said


def test_a_run_says_where_it_is_and_how_each_section_ended() -> None:
    out = io.StringIO()
    teller = console.Console(2, out)
    teller.begin("01-naive")
    teller.line("cold build: 3.0 s")
    teller.end(Outcome("01-naive", 3.2))
    teller.begin("02-pin-base-image")
    teller.end(Outcome("02-pin-base-image", 61, Failure("NameError: x\nmore", 3, "x")))
    lines = out.getvalue().splitlines()
    assert lines[:4] == ["", "[1/2] 01-naive", "   cold build: 3.0 s", "   passed in 3.2 s"]
    assert lines[5].startswith("[2/2] 02-pin-base-image, ")
    assert lines[5].endswith(" s after the start")
    assert lines[6] == "   FAILED after 1 min 01 s, cell 3 (x): NameError: x"


class Clock:
    """The time as the test wants it."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(console, "time", made)
    return made


def test_no_silence_lasts(clock: Clock) -> None:
    out = io.StringIO()
    teller = console.Console(1, out, silence=0.05)  # looks about ten times as often
    with teller.listening():
        teller.begin("01-naive")
        clock.now += 64
        end = time.monotonic() + 10
        while "still" not in out.getvalue() and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.05)  # said once, and not again before the next silence
    assert out.getvalue().splitlines()[2:] == ["   … still at work, 1 min 04 s after the start"]


def test_who_speaks_is_not_spoken_over(clock: Clock) -> None:
    out = io.StringIO()
    teller = console.Console(1, out, silence=0.1)
    with teller.listening():
        for _ in range(5):
            teller.line("a line")
            clock.now += 0.09
            time.sleep(0.03)
    assert set(out.getvalue().splitlines()) == {"   a line"}


def test_a_terminal_gets_no_line_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    out = io.StringIO()
    out.isatty = lambda: True  # type: ignore[method-assign]
    console.Console(1, out).line("x" * 50)
    (line,) = out.getvalue().splitlines()
    assert len(line) == 20
    assert line.endswith("…")


def test_a_file_gets_whole_lines() -> None:
    out = io.StringIO()
    console.Console(1, out).line("x" * 500)
    assert "x" * 500 in out.getvalue()


def test_where_the_time_went(course_run: CourseRun) -> None:
    assert console.time_spent(course_run) == (
        "Of 12 min 34 s: builds 8 min 20 s (2) · containers 1 min 30 s (1) · images looked into 0.0 s (0)"
        " · build cache swept 0.0 s (0) · all else 2 min 44 s"
    )


def test_failures_keep_their_mend_and_stand_under_their_section(course_run: CourseRun) -> None:
    assert console.failures(course_run).splitlines() == [
        "2 of 3 sections failed:",
        "✗ 09-cache-mount, cell 9 (section.check()): ClaimsFailed: 1 of 2 <claims>",
        "  → look",
        "✗ 11-finish-the-job, cell 2 (section = open_section('11')): The kernel died.",
    ]
