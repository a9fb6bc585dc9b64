"""Tests of the progress line."""

import io

import pytest

from helpers.core import time_left
from helpers.core.time_left import Steps
from helpers.setup import subprocesses
from helpers.setup.subprocesses import Status


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_one_rewritten_line_and_the_summary() -> None:
    screen = Terminal()
    shown = Status("Packages", total=3, stream=screen)
    shown.show("first", 1)
    shown.show("second", 2)
    shown.close("all there")
    assert screen.getvalue().count("\n") == 1
    assert "Packages: 2 of 3 · 0 s · second" in screen.getvalue()
    assert screen.getvalue().endswith("\r\033[KPackages: all there (0 s)\n")


def test_a_long_line_is_cut_at_the_terminals_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    screen = Terminal()
    Status("Packages", stream=screen).show("x" * 200)
    assert len(screen.getvalue().rpartition("\033[K")[2]) == 39


def test_a_file_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocesses, "SECONDS_BETWEEN_LINES", 0.0)
    file = io.StringIO()
    Status("Packages", total=3, stream=file).show("first", 1)
    assert file.getvalue() == "  Packages: 1 of 3 · 0 s · first\n"


def test_a_line_says_how_long_the_command_still_takes() -> None:
    screen = Terminal()
    with time_left.shown(Steps({"packages": 240.0})):
        Status("Packages", stream=screen).show("first")
    assert screen.getvalue().endswith("Packages: 0 s · about 4 min left · first")


def test_a_file_is_not_flooded() -> None:
    file = io.StringIO()
    shown = Status("Packages", stream=file)
    for part in range(100):
        shown.show("part", part)
    assert file.getvalue() == ""


def test_clear_erases_the_line_and_prints_nothing() -> None:
    screen = Terminal()
    shown = Status("Packages", stream=screen)
    shown.show("first")
    shown.clear()
    assert screen.getvalue().endswith("\r\033[K")
