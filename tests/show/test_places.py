"""Printed progress: one line written over in a terminal, few lines that stay elsewhere."""

import io
import os

import pytest

from helpers.records import Progress
from helpers.show.places import SIGN_OF_LIFE, Lines, Moment, Rewritten

TITLE = "01-naive: cold build"


def moment(what: str, elapsed: float, done: int = 0, total: int = 0, detail: str = "") -> Moment:
    return Moment(TITLE, Progress(what, done, total, detail), elapsed)


def printed(*moments: Moment, summary: str = "") -> list[str]:
    out = io.StringIO()
    lines = Lines(out, ticks=False)
    for each in moments:
        lines.show(each)
    lines.end(summary)
    return out.getvalue().splitlines()


def test_the_clock_has_minutes_when_there_are_any():
    assert (moment("x", 9.9).clock, moment("x", 125.0).clock) == ("9 s", "2 min 05 s")


def test_each_new_thing_has_a_line_with_its_part_and_time():
    assert printed(moment("RUN a", 1, 1, 6), moment("RUN b", 14.2, 2, 6)) == [
        f"{TITLE} · 1 of 6 · RUN a · 1 s",
        f"{TITLE} · 2 of 6 · RUN b · 14 s",
    ]


def test_log_lines_of_the_same_thing_print_nothing():
    assert len(printed(*(moment("RUN a", 1 + step, detail=f"line {step}") for step in range(9)))) == 1


def test_a_burst_of_new_things_is_no_flood():
    assert len(printed(*(moment(f"RUN {step}", 1 + step / 100) for step in range(100)))) == 1


def test_what_came_in_a_burst_is_told_when_it_goes_on():
    lines = printed(moment("RUN a", 1.0), moment("RUN b", 1.1), moment("RUN b", 3.0, detail="log"))
    assert lines[1] == f"{TITLE} · RUN b · 3 s"


def test_long_silent_work_gives_a_sign_of_life():
    lines = printed(moment("RUN a", 1.0), moment("RUN a", SIGN_OF_LIFE), moment("RUN a", SIGN_OF_LIFE + 2))
    assert lines == [f"{TITLE} · RUN a · 1 s", f"{TITLE} · RUN a · 32 s"]


def test_the_summary_is_the_last_line_and_no_summary_no_line():
    assert printed(moment("RUN a", 1.0), summary="cold build: 2.0 s")[-1] == "cold build: 2.0 s"
    assert printed() == []


def test_kept_output_has_no_control_character():
    text = "\n".join(printed(moment("RUN \x1b[31ma\x07", 1.0), summary="done"))
    assert not [letter for letter in text if ord(letter) < 32 and letter != "\n"]


@pytest.fixture
def narrow(monkeypatch) -> int:
    """A terminal of forty columns."""
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((40, 10)))
    return 40


def test_a_terminals_line_is_written_over_and_never_longer_than_the_terminal(narrow):
    out = io.StringIO()
    place = Rewritten(out)
    place.show(moment("RUN " + "x" * 300, 1.0, 1, 2, "a log line"))
    place.show(moment("RUN y", 2.0))
    written = out.getvalue().split("\r")[1:]
    assert [len(line) for line in written] == [narrow - 1, narrow - 1]
    assert "\n" not in out.getvalue() and "\x1b" not in out.getvalue()


def test_a_terminals_line_shows_how_far_it_is(narrow):
    out = io.StringIO()
    Rewritten(out).show(moment("RUN a", 1.0, 3, 6))
    assert out.getvalue().startswith("\r[########--------] · 3 of 6 · 1 s")


def test_at_the_end_the_line_is_gone_and_the_summary_stays(narrow):
    out = io.StringIO()
    place = Rewritten(out)
    place.show(moment("RUN a", 1.0))
    shown = len(out.getvalue()) - 1
    place.end("cold build: 2.0 s")
    assert out.getvalue().endswith("\r" + " " * shown + "\r" + "cold build: 2.0 s\n")


def test_a_terminal_where_nothing_was_shown_is_left_alone(narrow):
    out = io.StringIO()
    Rewritten(out).end("")
    assert out.getvalue() == ""


def test_a_log_line_cannot_move_the_cursor(monkeypatch):
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((200, 10)))
    out = io.StringIO()
    Rewritten(out).show(moment("a", 1.0, detail="50 %\r60 %\n\x1b[2J\x07gone"))
    assert out.getvalue() == f"\r1 s · {TITLE} · a · 60 % gone"
