"""The lock around changes to the Python environment: one process at a time, released even by a killed one."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from helpers.core.paths import PROJECT
from helpers.setup import environment_lock

_HOLDER = """
import sys
from pathlib import Path
from helpers.setup import environment_lock
environment_lock.NOTES = Path(sys.argv[1])
with environment_lock.alone():
    print("holds it", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environment_lock, "NOTES", tmp_path / "notes")
    return tmp_path / "notes"


def test_a_second_process_waits_until_the_first_is_killed(notes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-c", _HOLDER, str(notes)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as holder:
        assert holder.stdout and holder.stdout.readline() == "holds it\n"
        timer = threading.Timer(0.3, holder.kill)
        timer.start()
        with environment_lock.alone():
            assert holder.wait(10) != 0
    assert capsys.readouterr().out == f"{environment_lock.WAITING}\n"


def test_nothing_is_said_if_nobody_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        with environment_lock.alone():
            pass
    assert capsys.readouterr().out == ""
