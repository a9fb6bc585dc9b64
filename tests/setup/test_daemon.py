"""An engine started and stopped: a small program stands in for dockerd, which only root may run."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.setup import daemon, notes
from helpers.setup.errors import SetupError

_ANSWERS = """#!{python} -IS
import os, socket
print("Daemon has completed initialization", flush=True)
with socket.socket(socket.AF_UNIX) as server:
    server.bind({address!r})
    server.listen()
    while True:
        caller, _ = server.accept()
        caller.recv(4096)
        caller.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nOK")
        caller.close()
"""
_ENDS = """#!{python} -IS
print("failed to start daemon: Devices cgroup isn't mounted", flush=True)
raise SystemExit(1)
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine without a service manager, whose notes, programs and pid files lie in a folder of their own."""
    monkeypatch.setattr(notes, "NOTES", tmp_path)
    monkeypatch.setattr(notes, "_FILE", tmp_path / "machine.json")
    monkeypatch.setattr(daemon, "NOTES", tmp_path)
    monkeypatch.setattr(daemon, "_PID_FILES", {"dockerd": tmp_path / "docker.pid"})
    monkeypatch.setattr(daemon, "_SYSTEM_FOLDERS", "")
    for name in ("_SYSTEMD", "_OPENRC", "_INIT_SCRIPT"):
        monkeypatch.setattr(daemon, name, tmp_path / "no-service-manager")
    monkeypatch.setenv("PATH", str(tmp_path))
    yield tmp_path
    daemon.stop()


def put_engine(machine: Path, text: str) -> str:
    socket_path = machine / "docker.sock"
    program = machine / "dockerd"
    program.write_text(text.format(python=sys.executable, address=str(socket_path)))
    program.chmod(0o755)
    return f"unix://{socket_path}"


def test_it_is_started_and_waited_for(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    assert "its log is" in capsys.readouterr().out
    assert "completed initialization" in (machine / "dockerd.log").read_text()


def test_it_has_a_session_of_its_own_and_no_descriptor_of_ours(machine: Path) -> None:
    ours = os.open(machine, os.O_RDONLY)
    os.set_inheritable(ours, True)
    daemon.start(put_engine(machine, _ANSWERS))
    pid = notes.read()["pid"]
    open_there = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    os.close(ours)
    assert os.getsid(pid) == pid
    assert str(machine) not in open_there
    assert {path for path in open_there if path.startswith("/")} == {"/dev/null", str(machine / "dockerd.log")}


def test_it_is_stopped_and_forgotten(machine: Path) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    pid = notes.read()["pid"]
    assert daemon.stop() == [f"Stopped the Docker Engine (process {pid})."]
    assert notes.read() == {}
    assert daemon.stop() == []


def test_one_that_ends_at_once_tells_its_last_words(machine: Path) -> None:
    began = time.monotonic()
    with pytest.raises(SetupError, match="ended at once") as caught:
        daemon.start(put_engine(machine, _ENDS))
    assert "Devices cgroup isn't mounted" in caught.value.message
    assert caught.value.mend
    assert time.monotonic() - began < 20


def test_one_that_never_answers_is_given_up_and_ended(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "_SECONDS_TO_START", 0.5)
    put_engine(machine, _ANSWERS)
    with pytest.raises(SetupError, match="did not answer within"):
        daemon.start(f"unix://{machine}/another.sock")
    assert notes.read() == {}


def test_a_pid_file_that_a_crash_left_is_taken_away(machine: Path) -> None:
    (machine / "docker.pid").write_text(str(os.getpid()))  # a process of that number lives, and is no engine
    daemon.start(put_engine(machine, _ANSWERS))
    assert not (machine / "docker.pid").exists()


def test_the_pid_file_of_a_living_engine_stays(machine: Path) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    (machine / "docker.pid").write_text(str(notes.read()["pid"]))
    daemon._drop_stale(machine / "docker.pid", "dockerd")
    assert (machine / "docker.pid").exists()


def test_somebody_elses_process_of_the_noted_number_is_left_alone(machine: Path) -> None:
    notes.write(pid=os.getpid())
    assert daemon.stop() == []


@pytest.mark.parametrize(
    ("there", "verb", "command"),
    [
        (["_SYSTEMD"], "start", "systemctl start docker.service"),
        (["_SYSTEMD"], "stop", "systemctl stop docker.service docker.socket"),
        (["_OPENRC", "_INIT_SCRIPT"], "start", "rc-service docker start"),
    ],
)
def test_the_service_manager_that_runs_is_asked(
    machine: Path, monkeypatch: pytest.MonkeyPatch, there: list[str], verb: str, command: str
) -> None:
    for name in there:
        monkeypatch.setattr(daemon, name, machine)
    assert daemon._service_command(verb) == command.split()


def test_a_service_that_fails_says_why(machine: Path) -> None:
    with pytest.raises(SetupError, match="unit is masked"):
        daemon._call([sys.executable, "-c", "import sys; sys.exit('unit is masked')"])


def test_it_is_found_in_the_folders_of_the_system_too(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_engine(machine, _ENDS)
    monkeypatch.setenv("PATH", "/nowhere")
    assert daemon.program() is None
    monkeypatch.setattr(daemon, "_SYSTEM_FOLDERS", str(machine))
    assert daemon.program() == str(machine / "dockerd")
