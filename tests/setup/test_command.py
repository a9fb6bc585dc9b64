"""Tests that run short system commands, including one that does not finish."""

import sys
import time

import pytest

from helpers.core.errors import SetupError
from helpers.setup import subprocesses


def test_the_exit_status_and_both_outputs_are_returned() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); raise SystemExit(3)"
    done = subprocesses.run([sys.executable, "-c", code])
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")


def test_standard_input_is_empty() -> None:
    assert subprocesses.run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]).stdout == "''\n"


def test_a_command_that_does_not_finish_is_stopped() -> None:
    began = time.monotonic()
    with pytest.raises(SetupError, match=r"`sleep 60` did not finish within 0\.05 s") as caught:
        subprocesses.run(["sleep", "60"], 0.05)
    assert time.monotonic() - began < 5
    assert "Run it yourself" in caught.value.hint


def test_a_child_that_keeps_the_output_open_does_not_block() -> None:
    began = time.monotonic()
    with pytest.raises(SetupError, match="did not finish"):
        subprocesses.run(["sh", "-c", "sleep 20 & exit 0"], 0.1)
    assert time.monotonic() - began < 5


def test_a_missing_program_cannot_be_started() -> None:
    with pytest.raises(FileNotFoundError):
        subprocesses.run(["no-such-program"])
