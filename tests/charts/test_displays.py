"""Printed progress: one overwritten line in a terminal, a few permanent lines elsewhere."""

import io
import os
import time

import pytest

from helpers.charts.progress import HEARTBEAT, PrintedLines, Snapshot, StatusLine
from helpers.core import time_left
from helpers.core.records import Progress
from helpers.core.time_left import Steps

TITLE = "01-naive: cold build"


def snapshot(what: str, elapsed: float, done: int = 0, total: int = 0, detail: str = "") -> Snapshot:
    return Snapshot(TITLE, Progress(what, done, total, detail), elapsed)


def printed(*snapshots: Snapshot, summary: str = "") -> list[str]:
    out = io.StringIO()
    lines = PrintedLines(out, ticks=False)
    for each in snapshots:
        lines.show(each)
    lines.end(summary)
    return out.getvalue().splitlines()


def test_the_clock_has_minutes_when_there_are_any() -> None:
    assert (snapshot("x", 9.9).clock, snapshot("x", 125.0).clock) == ("9 s", "2 min 05 s")


def test_each_new_step_prints_a_line_with_part_and_time() -> None:
    assert printed(snapshot("RUN a", 1, 1, 6), snapshot("RUN b", 14.2, 2, 6)) == [
        f"{TITLE} · 1 of 6 · RUN a · 1 s",
        f"{TITLE} · 2 of 6 · RUN b · 14 s",
    ]


def test_log_lines_of_the_same_step_print_nothing() -> None:
    assert len(printed(*(snapshot("RUN a", 1 + step, detail=f"line {step}") for step in range(9)))) == 1


def test_a_burst_of_steps_prints_one_line() -> None:
    assert len(printed(*(snapshot(f"RUN {step}", 1 + step / 100) for step in range(100)))) == 1


def test_a_step_skipped_in_a_burst_is_printed_if_it_lasts() -> None:
    lines = printed(snapshot("RUN a", 1.0), snapshot("RUN b", 1.1), snapshot("RUN b", 3.0, detail="log"))
    assert lines[1] == f"{TITLE} · RUN b · 3 s"


def test_a_long_step_prints_a_heartbeat() -> None:
    lines = printed(snapshot("RUN a", 1.0), snapshot("RUN a", HEARTBEAT), snapshot("RUN a", HEARTBEAT + 2))
    assert lines == [f"{TITLE} · RUN a · 1 s", f"{TITLE} · RUN a · 12 s"]


def test_a_line_says_how_long_the_command_still_takes() -> None:
    with time_left.shown(Steps({"base images": 240.0})):
        assert printed(snapshot("RUN a", 1.0)) == [f"{TITLE} · RUN a · 1 s · about 4 min left"]


def test_the_summary_is_the_last_line_if_there_is_one() -> None:
    assert printed(snapshot("RUN a", 1.0), summary="cold build: 2.0 s")[-1] == "cold build: 2.0 s"
    assert printed() == []


def test_kept_output_has_no_control_character() -> None:
    text = "\n".join(printed(snapshot("RUN \x1b[31ma\x07", 1.0), summary="done"))
    assert not [letter for letter in text if ord(letter) < 32 and letter != "\n"]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> int:
    """A terminal of forty columns."""
    monkeypatch.setattr("shutil.get_terminal_size", lambda fallback=(80, 24): os.terminal_size((40, 10)))
    return 40


def test_the_status_line_is_overwritten_and_fits_the_terminal(narrow: int) -> None:
    out = io.StringIO()
    display = StatusLine(out)
    display.show(snapshot("RUN " + "x" * 300, 1.0, 1, 2, "a log line"))
    display.show(snapshot("RUN y", 2.0))
    written = out.getvalue().split("\r")[1:]
    assert [len(line) for line in written] == [narrow - 1, narrow - 1]
    assert "\n" not in out.getvalue() and "\x1b" not in out.getvalue()


def test_wide_characters_count_twice(narrow: int) -> None:
    """A line of more columns than the terminal has would wrap, and a carriage return does not undo that."""
    out = io.StringIO()
    display = StatusLine(out)
    display.show(snapshot("構建" * 100, 1.0))
    display.show(snapshot("", 1.0))
    first, second = out.getvalue().split("\r")[1:]
    prefix = f"1 s · {TITLE} · "
    assert first == prefix + ("構建" * 100)[: (narrow - 1 - len(prefix)) // 2]
    assert len(second) == narrow - 1  # blank where the wide characters were


def test_text_in_braces_is_shown_as_it_is(narrow: int) -> None:
    out = io.StringIO()
    StatusLine(out).show(Snapshot("{n}", Progress("RUN ${HOME}"), 1.0))
    assert out.getvalue() == "\r1 s · {n} · RUN ${HOME}"


def test_a_long_log_line_takes_no_time(narrow: int) -> None:
    started = time.monotonic()
    StatusLine(io.StringIO()).show(snapshot("RUN a", 1.0, detail="構" * 200_000))
    assert time.monotonic() - started < 2


def test_more_parts_than_the_total_fill_the_bar(narrow: int) -> None:
    out = io.StringIO()
    StatusLine(out).show(snapshot("RUN a", 1.0, 7, 6))
    assert out.getvalue().startswith("\r[################] · 7 of 6")


def test_the_status_line_shows_a_bar(narrow: int) -> None:
    out = io.StringIO()
    StatusLine(out).show(snapshot("RUN a", 1.0, 3, 6))
    assert out.getvalue().startswith("\r[########--------] · 3 of 6 · 1 s")


def test_at_the_end_the_summary_replaces_the_line(narrow: int) -> None:
    out = io.StringIO()
    display = StatusLine(out)
    display.show(snapshot("RUN a", 1.0))
    shown = len(out.getvalue()) - 1
    display.end("cold build: 2.0 s")
    assert out.getvalue().endswith("\r" + " " * shown + "\r" + "cold build: 2.0 s\n")


def test_nothing_is_written_if_nothing_was_shown(narrow: int) -> None:
    out = io.StringIO()
    StatusLine(out).end("")
    assert out.getvalue() == ""


def test_a_log_line_cannot_move_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda fallback=(80, 24): os.terminal_size((200, 10)))
    out = io.StringIO()
    StatusLine(out).show(snapshot("a", 1.0, detail="50 %\r60 %\n\x1b[2J\x07gone"))
    assert out.getvalue() == f"\r1 s · {TITLE} · a · 60 % gone"
