"""Tests that run long system commands with progress."""

import io
import sys
import time

import pytest

from helpers.core.errors import SetupError
from helpers.setup import subprocesses as follow_module
from helpers.setup.subprocesses import Status, follow


@pytest.fixture
def short_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert follow_module.TICK_SECONDS == 1
    monkeypatch.setattr(follow_module, "TICK_SECONDS", 0.2)


def silent_status() -> Status:
    return Status("Work", stream=io.StringIO())


def test_each_line_is_passed_on_including_standard_error() -> None:
    lines: list[str] = []
    code = "import sys; print('one', flush=True); print('two', file=sys.stderr)"
    follow([sys.executable, "-c", code], silent_status(), lambda line, status: lines.append(line))
    assert lines == ["one", "two"]


def test_a_failure_shows_the_last_lines_and_the_hint() -> None:
    code = "print('all was well'); print('no network'); raise SystemExit(3)"
    with pytest.raises(SetupError) as caught:
        follow([sys.executable, "-c", code], silent_status(), lambda line, status: None, hint="Check the cable.")
    assert "exit status 3" in caught.value.message
    assert "    no network" in caught.value.message
    assert caught.value.hint == "Check the cable."


def test_a_missing_program_is_named() -> None:
    with pytest.raises(SetupError, match="no-such-program could not be started"):
        follow(["no-such-program"], silent_status(), lambda line, status: None)


def test_variables_are_added_to_our_environment() -> None:
    lines: list[str] = []
    code = "import os; print(os.environ['ADDED'], 'PATH' in os.environ)"
    follow([sys.executable, "-c", code], silent_status(), lambda line, status: lines.append(line), {"ADDED": "yes"})
    assert lines == ["yes True"]


def test_an_interrupt_stops_the_command() -> None:
    def interrupt(line: str, status: Status) -> None:
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        follow(
            [sys.executable, "-c", "import time; print('on', flush=True); time.sleep(60)"], silent_status(), interrupt
        )
    assert time.monotonic() - began < 10


@pytest.mark.usefixtures("short_ticks")
def test_a_command_without_output_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert follow_module.SILENT_SECONDS == 1800
    monkeypatch.setattr(follow_module, "SILENT_SECONDS", 0.15)
    began = time.monotonic()
    with pytest.raises(SetupError, match=r"printed nothing for .* and was stopped: sh -c echo on; exec sleep 60"):
        follow(["sh", "-c", "echo on; exec sleep 60"], silent_status(), lambda line, status: None)
    assert time.monotonic() - began < 15


def test_a_command_that_closes_its_output_and_keeps_running_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_module, "SILENT_SECONDS", 0.15)
    with pytest.raises(SetupError, match="printed nothing"):
        follow(["sh", "-c", "exec >/dev/null 2>&1 sleep 60"], silent_status(), lambda line, status: None)


@pytest.mark.usefixtures("short_ticks")
def test_a_service_that_keeps_the_output_open_does_not_block() -> None:
    lines: list[str] = []
    began = time.monotonic()
    follow(["sh", "-c", "sleep 30 & echo started"], silent_status(), lambda line, status: lines.append(line))
    assert lines == ["started"] and time.monotonic() - began < 10
