"""An engine started and stopped: a small program stands in for dockerd, which only root may run."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from helpers import commands
from helpers.setup import daemon, notes, options, process, service
from helpers.setup.errors import SetupError
from helpers.setup.folders import PROJECT
from helpers.setup.ping import Answer

_ANSWERS = """#!{python} -IS
import pathlib, socket
print("Daemon has completed initialization", flush=True)
with socket.socket(socket.AF_UNIX) as server:
    server.bind({address!r})
    server.listen()
    while True:
        caller, _ = server.accept()
        caller.recv(4096)
        body = pathlib.Path({answer!r}).read_bytes()
        caller.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
        caller.close()
"""
_ENDS = """#!{python} -IS
print("failed to start daemon: Devices cgroup isn't mounted", flush=True)
raise SystemExit(1)
"""


_NOTHING = {"Containers": [], "BuildCache": None}
_MANAGER = """#!/bin/sh
echo "$(basename "$0") $*" >> {folder}/calls
case "$*" in
  *is-active*|*status*) echo {state}; [ {state} = active ]; exit ;;
  *) echo {failure} >&2; [ -z "{failure}" ]; exit ;;
esac
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
        monkeypatch.setattr(service, name, tmp_path / "no-service-manager")
    monkeypatch.setenv("PATH", str(tmp_path))
    yield tmp_path
    put_work(tmp_path, _NOTHING)
    daemon.stop()


def put_engine(machine: Path, text: str) -> str:
    socket_path = machine / "docker.sock"
    program = machine / "dockerd"
    put_work(machine, _NOTHING)
    program.write_text(text.format(python=sys.executable, address=str(socket_path), answer=str(machine / "answer")))
    program.chmod(0o755)
    return f"unix://{socket_path}"


def put_work(machine: Path, work: object) -> None:
    """What the stand-in says that it is doing."""
    (machine / "answer").write_text(json.dumps(work))


def put_systemd(machine: Path, monkeypatch: pytest.MonkeyPatch, state: str, failure: str = "") -> Path:
    """A systemctl that says that the service is in that state; the file with what it was asked."""
    monkeypatch.setattr(service, "_SYSTEMD", machine)
    monkeypatch.setenv("PATH", f"{machine}:/usr/bin:/bin")
    (machine / "systemctl").write_text(_MANAGER.format(folder=machine, state=state, failure=failure))
    (machine / "systemctl").chmod(0o755)
    (machine / "calls").touch()
    return machine / "calls"


@pytest.fixture
def served(machine: Path) -> Iterator[str]:
    """The address of an engine that is no process of ours."""
    host = put_engine(machine, _ANSWERS)
    with subprocess.Popen([machine / "dockerd"], stdout=subprocess.DEVNULL) as engine:
        yield host
        engine.terminate()


def test_it_is_started_and_waited_for(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    assert "its log is" in capsys.readouterr().out
    assert "completed initialization" in (machine / "dockerd.log").read_text()


def test_it_has_a_session_of_its_own_and_no_descriptor_of_ours(machine: Path) -> None:
    ours = os.open(machine, os.O_RDONLY)
    os.set_inheritable(ours, True)
    daemon.start(put_engine(machine, _ANSWERS))
    pid = notes.read()["engine"]["pid"]
    open_there = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    os.close(ours)
    assert os.getsid(pid) == pid
    assert str(machine) not in open_there
    assert {path for path in open_there if path.startswith("/")} == {"/dev/null", str(machine / "dockerd.log")}


def test_it_is_stopped_and_forgotten(machine: Path) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    pid = notes.read()["engine"]["pid"]
    assert daemon.stop() == [f"Stopped the Docker Engine (process {pid})."]
    assert notes.read() == {}
    assert daemon.stop() == []


def test_one_that_ends_at_once_tells_its_last_words(machine: Path) -> None:
    began = time.monotonic()
    with pytest.raises(SetupError, match="ended at once") as caught:
        daemon.start(put_engine(machine, _ENDS))
    assert "Devices cgroup isn't mounted" in caught.value.message
    assert caught.value.hint
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
    (machine / "docker.pid").write_text(str(notes.read()["engine"]["pid"]))
    daemon._drop_stale(machine / "docker.pid", "dockerd")
    assert (machine / "docker.pid").exists()


@pytest.mark.parametrize("other", ["boot", "pid", "started", "name"])
def test_a_process_that_is_not_exactly_ours_is_left_alone_and_the_note_goes(machine: Path, other: str) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    ours = notes.read()["engine"]
    changes = {"boot": "another boot", "pid": os.getpid(), "started": ours["started"] + 1}
    noted = {**ours, **asdict(process.identify(os.getpid()))} if other == "name" else {**ours, other: changes[other]}
    notes.write(engine=noted)
    assert daemon.stop() == []
    assert notes.read() == {}
    assert process.name_of(ours["pid"]) == "dockerd"
    notes.write(engine=ours)


@pytest.mark.parametrize("old", [{"service": "docker"}, {"pid": 0}, {"engine": "unknown"}])
def test_what_an_earlier_version_noted_is_never_stopped(
    machine: Path, monkeypatch: pytest.MonkeyPatch, old: dict[str, object]
) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    ours = notes.read()["engine"]
    calls = put_systemd(machine, monkeypatch, "active")
    notes.write(**{"engine": None, **old, **({"pid": ours["pid"]} if "pid" in old else {})})
    assert daemon.stop(dry_run=True) == []
    assert notes.read() != {}
    assert daemon.stop() == []
    assert notes.read() == {}
    assert calls.read_text() == ""
    assert process.name_of(ours["pid"]) == "dockerd"
    notes.write(engine=ours)


_WEB = {"Id": "1234567890abcdef", "Names": ["/web"], "Labels": {"app": "shop"}}
_OURS = {"Id": "fedcba", "Names": ["/dockerfile-workbook-1"], "Labels": {"dockerfile-workbook": ""}, "State": "running"}


@pytest.mark.parametrize(
    ("work", "why"),
    [
        ({"Containers": [{**_WEB, "State": "running"}], "BuildCache": []}, "it runs the container web"),
        ({"Containers": [{**_WEB, "State": "paused"}, _OURS], "BuildCache": []}, "it runs the container web"),
        ({"Containers": [{**_WEB, "Names": None, "State": "restarting"}], "BuildCache": []}, "container 1234567890ab"),
        ({"Containers": None, "BuildCache": [{"InUse": False}, {"InUse": True}]}, "it runs a build"),
        ({"message": "a disk usage operation is already running"}, "did not say whether somebody else uses it"),
    ],
)
def test_one_that_holds_or_may_hold_foreign_work_stays(machine: Path, work: object, why: str) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    noted = notes.read()
    put_work(machine, work)
    for dry_run in (True, False):
        (line,) = daemon.stop(dry_run)
        assert why in line
        assert line.endswith(f"kill {noted['engine']['pid']}")
    assert notes.read() == noted
    assert process.name_of(noted["engine"]["pid"]) == "dockerd"


def test_what_is_ours_or_at_rest_keeps_nothing(machine: Path) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    put_work(machine, {"Containers": [_OURS, {**_WEB, "State": "exited"}], "BuildCache": [{"InUse": False}]})
    assert "Stopped the Docker Engine" in daemon.stop()[0]


def test_a_dry_run_says_it_and_stops_nothing(machine: Path) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    noted = notes.read()
    assert daemon.stop(dry_run=True) == [f"would stop the Docker Engine (process {noted['engine']['pid']})"]
    assert notes.read() == noted
    assert process.name_of(noted["engine"]["pid"]) == "dockerd"


def test_clean_names_and_undoes_what_was_done_to_the_machine(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.start(put_engine(machine, _ANSWERS))
    pid = notes.read()["engine"]["pid"]
    (machine / "dockerfile-workbook.pth").write_text(f"{PROJECT}\n")
    notes.write(pth=[str(machine / "dockerfile-workbook.pth")])
    monkeypatch.setenv("DOCKER_HOST", f"unix://{machine}/nobody.sock")
    noted = notes.read()
    capsys.readouterr()
    assert commands.execute(options.read(["clean", "--dry-run"])) == 0
    would_stop, would_remove = capsys.readouterr().out.splitlines()
    assert would_stop == f"would stop the Docker Engine (process {pid})"
    assert would_remove.startswith(f"would remove {machine}/dockerfile-workbook.pth")
    assert notes.read() == noted
    assert process.name_of(pid) == "dockerd"
    assert commands.execute(options.read(["clean"])) == 0
    stopped, removed = capsys.readouterr().out.splitlines()
    assert stopped == f"Stopped the Docker Engine (process {pid})."
    assert removed.startswith(f"removed {machine}/dockerfile-workbook.pth")
    assert notes.read() == {}
    assert process.name_of(pid) == ""
    assert not (machine / "dockerfile-workbook.pth").exists()


def test_a_process_that_only_root_may_end_stays(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, signal: int) -> None:
        raise PermissionError

    daemon.start(put_engine(machine, _ANSWERS))
    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", refuse)
        (line,) = daemon.stop()
    assert "only root may stop it" in line
    assert "engine" in notes.read()


def test_a_service_that_is_stopped_is_started_and_nothing_is_noted(
    machine: Path, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = put_systemd(machine, monkeypatch, "inactive")
    assert daemon.start(served) is Answer.HERE
    assert "systemctl start docker.service" in calls.read_text().splitlines()
    assert notes.read() == {}


@pytest.mark.parametrize("state", ["active", "activating"])
def test_a_service_that_runs_is_not_started_and_only_waited_for(
    machine: Path, served: str, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    calls = put_systemd(machine, monkeypatch, state)
    assert daemon.start(served) is Answer.HERE
    assert {*calls.read_text().splitlines()} == {"systemctl is-active docker.service"}
    assert notes.read() == {}


@pytest.mark.parametrize("state", ["inactive", "active"])
def test_a_service_that_does_not_answer_in_time_is_told_and_left_alone(
    machine: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(daemon, "_SECONDS_TO_START", 0.2)
    calls = put_systemd(machine, monkeypatch, state)
    with pytest.raises(SetupError, match="left as it is") as caught:
        daemon.start(f"unix://{machine}/nobody.sock")
    assert "journalctl -u docker" in caught.value.hint
    assert "stop" not in calls.read_text()
    assert daemon.stop() == []
    assert "stop" not in calls.read_text()


def test_a_service_that_fails_says_why(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_systemd(machine, monkeypatch, "inactive", failure="unit is masked")
    with pytest.raises(SetupError, match="unit is masked") as caught:
        daemon.start(f"unix://{machine}/nobody.sock")
    assert "journalctl -u docker" in caught.value.hint


def test_a_process_of_somebody_elses_is_waited_for_and_no_second_one_is_started(machine: Path) -> None:
    host = put_engine(machine, _ANSWERS)
    daemon.start(host)
    ours = notes.read()["engine"]
    notes.write(engine=None)
    (machine / "docker.pid").write_text(str(ours["pid"]))
    assert daemon.start(host) is Answer.HERE
    assert notes.read() == {}
    notes.write(engine=ours)


@pytest.mark.parametrize(
    ("there", "start", "status"),
    [
        (["_SYSTEMD"], "systemctl start docker.service", "systemctl is-active docker.service"),
        (["_OPENRC", "_INIT_SCRIPT"], "rc-service docker start", "rc-service docker status"),
    ],
)
def test_the_service_manager_that_runs_is_asked(
    machine: Path, monkeypatch: pytest.MonkeyPatch, there: list[str], start: str, status: str
) -> None:
    for name in there:
        monkeypatch.setattr(service, name, machine)
    found = service.find()
    assert found
    assert (found.start, found.status) == (tuple(start.split()), tuple(status.split()))
    assert start in daemon.deed()
    assert start in daemon.by_hand()


def test_it_is_found_in_the_folders_of_the_system_too(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_engine(machine, _ENDS)
    monkeypatch.setenv("PATH", "/nowhere")
    assert daemon.program() is None
    monkeypatch.setattr(daemon, "_SYSTEM_FOLDERS", str(machine))
    assert daemon.program() == str(machine / "dockerd")
