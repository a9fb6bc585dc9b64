"""A command in the foreground ends by itself after Ctrl-C, within a limit."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.core import foreground

WAITS = """
import sys, time
from pathlib import Path
try:
    Path(sys.argv[1]).touch()
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(float(sys.argv[2]))
    Path(sys.argv[3]).touch()
"""


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """The processes that are started; they get Ctrl-C even if the tests run in the background."""
    started: list[subprocess.Popen[bytes]] = []

    class Popen(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: object) -> None:
            super().__init__(command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **options)  # type: ignore[call-overload]
            started.append(self)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(subprocess, "Popen", Popen)
    yield started
    signal.signal(signal.SIGINT, before)


def press_ctrl_c(begun: Path, processes: "list[subprocess.Popen[bytes]]") -> None:
    """As the terminal does: both processes get the signal."""
    while not begun.exists():
        threading.Event().wait(0.01)
    processes[0].send_signal(signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)


def interrupted(folder: Path, seconds: float, processes: "list[subprocess.Popen[bytes]]") -> bool:
    """Whether the command, which needs so many seconds to end, got to its end."""
    begun, ended = folder / "begun", folder / "ended"
    threading.Thread(target=press_ctrl_c, args=(begun, processes), daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        foreground.run([sys.executable, "-c", WAITS, str(begun), str(seconds), str(ended)])
    return ended.exists()


def test_the_status_is_that_of_the_command(tmp_path: Path) -> None:
    code = "import os, sys; sys.exit(os.environ['STATUS'] == '5' and os.getcwd() == sys.argv[1])"
    assert foreground.run([sys.executable, "-c", code, str(tmp_path)], tmp_path, {"STATUS": "5"}) == 1


def test_a_command_gets_to_its_end_after_ctrl_c(tmp_path: Path, processes: "list[subprocess.Popen[bytes]]") -> None:
    assert interrupted(tmp_path, 0.6, processes)


def test_a_command_that_does_not_end_is_killed(
    tmp_path: Path, processes: "list[subprocess.Popen[bytes]]", monkeypatch: pytest.MonkeyPatch
) -> None:
    assert foreground.SECONDS_AFTER_CTRL_C == 60
    monkeypatch.setattr(foreground, "SECONDS_AFTER_CTRL_C", 0.1)
    assert not interrupted(tmp_path, 5, processes)
    assert processes[0].poll() == -signal.SIGKILL
