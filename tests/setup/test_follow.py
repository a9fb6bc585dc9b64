"""A command of the machine followed to its end."""

import io
import sys
import time

import pytest

from helpers.setup import follow as follow_module
from helpers.setup.errors import SetupError
from helpers.setup.follow import follow
from helpers.setup.status import Status


def quiet() -> Status:
    return Status("Work", stream=io.StringIO())


def test_each_line_is_heard_errors_included() -> None:
    heard: list[str] = []
    code = "import sys; print('one', flush=True); print('two', file=sys.stderr)"
    follow([sys.executable, "-c", code], quiet(), lambda line, status: heard.append(line))
    assert heard == ["one", "two"]


def test_a_failure_tells_the_command_its_last_lines_and_the_mend() -> None:
    code = "print('all was well'); print('no network'); raise SystemExit(3)"
    with pytest.raises(SetupError) as caught:
        follow([sys.executable, "-c", code], quiet(), lambda line, status: None, hint="look at the cable")
    assert "exit status 3" in caught.value.message
    assert "    no network" in caught.value.message
    assert caught.value.hint == "look at the cable"


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(SetupError, match="no-such-program could not be started"):
        follow(["no-such-program"], quiet(), lambda line, status: None)


def test_its_environment_is_ours_and_what_is_added() -> None:
    heard: list[str] = []
    code = "import os; print(os.environ['ADDED'], 'PATH' in os.environ)"
    follow([sys.executable, "-c", code], quiet(), lambda line, status: heard.append(line), {"ADDED": "yes"})
    assert heard == ["yes True"]


def test_an_interrupt_ends_the_command_too() -> None:
    def interrupt(line: str, status: Status) -> None:
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        follow([sys.executable, "-c", "import time; print('on', flush=True); time.sleep(60)"], quiet(), interrupt)
    assert time.monotonic() - began < 10


def test_a_command_that_falls_silent_is_named_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    assert follow_module._SILENT_SECONDS == 1800
    monkeypatch.setattr(follow_module, "_SILENT_SECONDS", 1.5)
    began = time.monotonic()
    with pytest.raises(SetupError, match=r"has said nothing for .* and was ended: sh -c echo on; exec sleep 60"):
        follow(["sh", "-c", "echo on; exec sleep 60"], quiet(), lambda line, status: None)
    assert time.monotonic() - began < 15


def test_a_command_that_closes_its_output_and_goes_on_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_module, "_SILENT_SECONDS", 1.5)
    with pytest.raises(SetupError, match="has said nothing"):
        follow(["sh", "-c", "exec >/dev/null 2>&1 sleep 60"], quiet(), lambda line, status: None)


def test_a_service_that_holds_the_output_open_does_not_hold_us() -> None:
    heard: list[str] = []
    began = time.monotonic()
    follow(["sh", "-c", "sleep 30 & echo started"], quiet(), lambda line, status: heard.append(line))
    assert heard == ["started"] and time.monotonic() - began < 10
