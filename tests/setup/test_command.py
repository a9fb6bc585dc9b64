"""A short command of the machine, and one that does not end."""

import sys
import time

import pytest

from helpers.setup import command
from helpers.setup.errors import SetupError


def test_its_status_and_both_its_outputs_are_kept() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); raise SystemExit(3)"
    done = command.run([sys.executable, "-c", code])
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")


def test_it_is_given_no_input() -> None:
    assert command.run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]).stdout == "''\n"


def test_one_that_does_not_end_is_named_and_ended() -> None:
    began = time.monotonic()
    with pytest.raises(SetupError, match=r"`sleep 60` did not end within 0\.2 s") as caught:
        command.run(["sleep", "60"], 0.2)
    assert time.monotonic() - began < 5
    assert "type it yourself" in caught.value.hint


def test_what_it_left_running_does_not_hold_us() -> None:
    """A service that it started keeps its output open."""
    began = time.monotonic()
    with pytest.raises(SetupError, match="did not end"):
        command.run(["sh", "-c", "sleep 20 & exit 0"], 0.5)
    assert time.monotonic() - began < 5


def test_one_that_is_not_there_cannot_be_started() -> None:
    with pytest.raises(FileNotFoundError):
        command.run(["no-such-program"])
