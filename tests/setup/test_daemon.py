"""Tests that start and stop the engine; a small program stands in for dockerd, which needs root."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from helpers import commands
from helpers.core.errors import SetupError
from helpers.core.paths import PROJECT
from helpers.setup import changes_made, daemon, service
from helpers.setup.ping import Answer
from helpers.setup.process_identity import identify, name_of

_ANSWERING = """#!{python} -IS
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
_EXITING = """#!{python} -IS
print("failed to start daemon: Devices cgroup isn't mounted", flush=True)
raise SystemExit(1)
"""


_IDLE: dict[str, Any] = {"Containers": [], "BuildCache": None}
_MANAGER = """#!/bin/sh
echo "$(basename "$0") $*" >> {folder}/calls
case "$*" in
  *is-active*|*status*) echo {state}; [ {state} = active ]; exit ;;
  *) echo {failure} >&2; [ -z "{failure}" ]; exit ;;
esac
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine without a service manager; its notes, programs and pid files are in a temporary folder."""
    monkeypatch.setattr(changes_made, "NOTES", tmp_path)
    monkeypatch.setattr(daemon, "NOTES", tmp_path)
    monkeypatch.setattr(daemon, "PID_FILES", {"dockerd": tmp_path / "docker.pid"})
    monkeypatch.setattr(daemon, "SYSTEM_FOLDERS", "")
    for name in ("SYSTEMD", "OPENRC", "INIT_SCRIPT"):
        monkeypatch.setattr(service, name, tmp_path / "no-service-manager")
    monkeypatch.setenv("PATH", str(tmp_path))
    yield tmp_path
    kill_children(tmp_path / "dockerd")


def kill_children(program: Path) -> None:
    """Kill the processes that run this program, whatever the test did with their notes."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if str(program) in child.cmdline():
                child.kill()
                child.wait(10)


def add_engine(machine: Path, text: str) -> str:
    socket_path = machine / "docker.sock"
    program = machine / "dockerd"
    set_work(machine, _IDLE)
    program.write_text(text.format(python=sys.executable, address=str(socket_path), answer=str(machine / "answer")))
    program.chmod(0o755)
    return f"unix://{socket_path}"


def set_work(machine: Path, work: object) -> None:
    """Set what the stand-in reports as running."""
    (machine / "answer").write_text(json.dumps(work))


def add_systemd(machine: Path, monkeypatch: pytest.MonkeyPatch, state: str, failure: str = "") -> Path:
    """Add a systemctl that reports this state; returns the file that logs its calls."""
    monkeypatch.setattr(service, "SYSTEMD", machine)
    monkeypatch.setenv("PATH", f"{machine}:/usr/bin:/bin")
    (machine / "systemctl").write_text(_MANAGER.format(folder=machine, state=state, failure=failure))
    (machine / "systemctl").chmod(0o755)
    (machine / "calls").touch()
    return machine / "calls"


@pytest.fixture
def served(machine: Path) -> Iterator[str]:
    """The address of an engine that the course did not start."""
    host = add_engine(machine, _ANSWERING)
    with subprocess.Popen([machine / "dockerd"], stdout=subprocess.DEVNULL) as engine:
        yield host
        engine.terminate()


def test_start_waits_for_the_engine(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.start(add_engine(machine, _ANSWERING))
    assert "log: " in capsys.readouterr().out
    assert "completed initialization" in (machine / "dockerd.log").read_text()


def test_it_has_its_own_session_and_inherits_no_descriptor(machine: Path) -> None:
    ours = os.open(machine, os.O_RDONLY)
    os.set_inheritable(ours, True)
    daemon.start(add_engine(machine, _ANSWERING))
    pid = changes_made.read()["engine"]["pid"]
    open_there = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    os.close(ours)
    assert os.getsid(pid) == pid
    assert str(machine) not in open_there
    assert {path for path in open_there if path.startswith("/")} == {"/dev/null", str(machine / "dockerd.log")}


def test_stop_ends_the_process_and_deletes_the_note(machine: Path) -> None:
    daemon.start(add_engine(machine, _ANSWERING))
    pid = changes_made.read()["engine"]["pid"]
    assert daemon.stop().done == [f"Stopped the Docker Engine (process {pid})."]
    assert changes_made.read() == {}
    assert daemon.stop() == []


def test_an_engine_that_exits_immediately_shows_its_log(machine: Path) -> None:
    began = time.monotonic()
    with pytest.raises(SetupError, match="exited immediately") as caught:
        daemon.start(add_engine(machine, _EXITING))
    assert "Devices cgroup isn't mounted" in caught.value.message
    assert caught.value.hint
    assert time.monotonic() - began < 20


def test_an_engine_that_never_answers_is_stopped(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "SECONDS_TO_START", 0.1)
    add_engine(machine, _ANSWERING)
    with pytest.raises(SetupError, match="did not answer within"):
        daemon.start(f"unix://{machine}/another.sock")
    assert changes_made.read() == {}


def test_one_that_cannot_be_stopped_either_shows_its_log_and_stays_noted(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(pid: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(daemon, "SECONDS_TO_START", 2.0)
    add_engine(machine, _ANSWERING)
    with monkeypatch.context() as patch, pytest.raises(SetupError, match="did not answer within") as caught:
        patch.setattr(os, "kill", refuse)
        daemon.start(f"unix://{machine}/another.sock")
    assert "completed initialization" in caught.value.message
    assert f"kill {changes_made.read()['engine']['pid']}. " in caught.value.message


def test_a_stale_pid_file_is_removed(machine: Path) -> None:
    (machine / "docker.pid").write_text(str(os.getpid()))  # the number of a running process that is not dockerd
    daemon.start(add_engine(machine, _ANSWERING))
    assert not (machine / "docker.pid").exists()


def test_the_pid_file_of_a_running_engine_is_kept(machine: Path) -> None:
    daemon.start(add_engine(machine, _ANSWERING))
    (machine / "docker.pid").write_text(str(changes_made.read()["engine"]["pid"]))
    daemon._drop_stale(machine / "docker.pid", "dockerd")
    assert (machine / "docker.pid").exists()


@pytest.mark.parametrize("other", ["boot", "pid", "started", "name"])
def test_another_process_is_not_stopped_and_the_note_is_deleted(machine: Path, other: str) -> None:
    daemon.start(add_engine(machine, _ANSWERING))
    ours = changes_made.read()["engine"]
    changes = {"boot": "another boot", "pid": os.getpid(), "started": ours["started"] + 1}
    noted = {**ours, **asdict(identify(os.getpid()))} if other == "name" else {**ours, other: changes[other]}
    changes_made.write(engine=noted)
    assert daemon.stop() == []
    assert changes_made.read() == {}
    assert name_of(ours["pid"]) == "dockerd"
    changes_made.write(engine=ours)


@pytest.mark.parametrize("old", [{"service": "docker"}, {"pid": 0}, {"engine": "unknown"}])
def test_notes_of_earlier_versions_stop_nothing(
    machine: Path, monkeypatch: pytest.MonkeyPatch, old: dict[str, object]
) -> None:
    daemon.start(add_engine(machine, _ANSWERING))
    ours = changes_made.read()["engine"]
    calls = add_systemd(machine, monkeypatch, "active")
    changes_made.write(**{"engine": None, **old, **({"pid": ours["pid"]} if "pid" in old else {})})
    assert daemon.stop(dry_run=True) == []
    assert changes_made.read() != {}
    assert daemon.stop() == []
    assert changes_made.read() == {}
    assert calls.read_text() == ""
    assert name_of(ours["pid"]) == "dockerd"
    changes_made.write(engine=ours)


_WEB = {"Id": "1234567890abcdef", "Names": ["/web"], "Labels": {"app": "shop"}}
_OURS = {"Id": "fedcba", "Names": ["/dockerfile-workbook-1"], "Labels": {"dockerfile-workbook": ""}, "State": "running"}


@pytest.mark.parametrize(
    ("work", "why"),
    [
        ({"Containers": [{**_WEB, "State": "running"}], "BuildCache": []}, "it is in use by the container web"),
        ({"Containers": [{**_WEB, "State": "paused"}, _OURS], "BuildCache": []}, "it is in use by the container web"),
        ({"Containers": [{**_WEB, "Names": None, "State": "restarting"}], "BuildCache": []}, "container 1234567890ab"),
        ({"Containers": None, "BuildCache": [{"InUse": False}, {"InUse": True}]}, "it is in use by a build"),
        ({"message": "a disk usage operation is already running"}, "did not report whether anything else is using it"),
    ],
)
def test_an_engine_with_possible_foreign_work_keeps_running(machine: Path, work: object, why: str) -> None:
    daemon.start(add_engine(machine, _ANSWERING))
    noted = changes_made.read()
    set_work(machine, work)
    for dry_run in (True, False):
        (line,) = daemon.stop(dry_run).left
        assert why in line
        assert line.endswith(f"kill {noted['engine']['pid']}")
    assert changes_made.read() == noted
    assert name_of(noted["engine"]["pid"]) == "dockerd"


def test_our_own_and_finished_work_does_not_prevent_stopping(machine: Path) -> None:
    daemon.start(add_engine(machine, _ANSWERING))
    set_work(machine, {"Containers": [_OURS, {**_WEB, "State": "exited"}], "BuildCache": [{"InUse": False}]})
    assert "Stopped the Docker Engine" in daemon.stop()[0]


def test_a_dry_run_stops_nothing(machine: Path) -> None:
    daemon.start(add_engine(machine, _ANSWERING))
    noted = changes_made.read()
    assert daemon.stop(dry_run=True) == [f"Would stop the Docker Engine (process {noted['engine']['pid']})."]
    assert changes_made.read() == noted
    assert name_of(noted["engine"]["pid"]) == "dockerd"


def test_clean_undoes_the_changes_to_the_machine(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.start(add_engine(machine, _ANSWERING))
    pid = changes_made.read()["engine"]["pid"]
    (machine / "dockerfile-workbook.pth").write_text(f"{PROJECT}\n")
    changes_made.write(pth=[str(machine / "dockerfile-workbook.pth")])
    monkeypatch.setenv("DOCKER_HOST", f"unix://{machine}/missing.sock")
    noted = changes_made.read()
    capsys.readouterr()
    assert commands.execute(commands.read(["clean", "--dry-run"])) == 0
    would_stop, would_remove = capsys.readouterr().out.splitlines()
    assert would_stop == f"Would stop the Docker Engine (process {pid})."
    assert would_remove.startswith(f"Would remove {machine}/dockerfile-workbook.pth")
    assert changes_made.read() == noted
    assert name_of(pid) == "dockerd"
    assert commands.execute(commands.read(["clean"])) == 0
    stopped, removed = capsys.readouterr().out.splitlines()
    assert stopped == f"Stopped the Docker Engine (process {pid})."
    assert removed.startswith(f"Removed {machine}/dockerfile-workbook.pth")
    assert changes_made.read() == {}
    assert name_of(pid) == ""
    assert not (machine / "dockerfile-workbook.pth").exists()


def test_a_process_that_only_root_can_stop_keeps_running(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, signal: int) -> None:
        raise PermissionError

    daemon.start(add_engine(machine, _ANSWERING))
    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", refuse)
        (line,) = daemon.stop().left
    assert "only root can stop it" in line
    assert "engine" in changes_made.read()


def test_a_process_that_exits_before_the_signal_counts_as_stopped(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill = os.kill

    def too_late(pid: int, _signal: int) -> None:
        kill(pid, signal.SIGKILL)
        raise ProcessLookupError

    daemon.start(add_engine(machine, _ANSWERING))
    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", too_late)
        (line,) = daemon.stop()
    assert line.startswith("Stopped the Docker Engine")
    assert changes_made.read() == {}


def test_a_stopped_service_is_started_without_a_note(
    machine: Path, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = add_systemd(machine, monkeypatch, "inactive")
    assert daemon.start(served) is Answer.HERE
    assert "systemctl start docker.service" in calls.read_text().splitlines()
    assert changes_made.read() == {}


@pytest.mark.parametrize("state", ["active", "activating"])
def test_a_running_service_is_only_waited_for(
    machine: Path, served: str, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    calls = add_systemd(machine, monkeypatch, state)
    assert daemon.start(served) is Answer.HERE
    assert {*calls.read_text().splitlines()} == {"systemctl is-active docker.service"}
    assert changes_made.read() == {}


@pytest.mark.parametrize("state", ["inactive", "active"])
def test_a_service_that_does_not_answer_is_left_running(
    machine: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(daemon, "SECONDS_TO_START", 0.05)
    calls = add_systemd(machine, monkeypatch, state)
    with pytest.raises(SetupError, match="left as it is") as caught:
        daemon.start(f"unix://{machine}/missing.sock")
    assert "journalctl -u docker" in caught.value.hint
    assert "stop" not in calls.read_text()
    assert daemon.stop() == []
    assert "stop" not in calls.read_text()


def test_a_failing_service_shows_the_reason(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_systemd(machine, monkeypatch, "inactive", failure="unit is masked")
    with pytest.raises(SetupError, match="unit is masked") as caught:
        daemon.start(f"unix://{machine}/missing.sock")
    assert "journalctl -u docker" in caught.value.hint


def test_no_second_engine_is_started_beside_another_process(machine: Path) -> None:
    host = add_engine(machine, _ANSWERING)
    daemon.start(host)
    ours = changes_made.read()["engine"]
    changes_made.write(engine=None)
    (machine / "docker.pid").write_text(str(ours["pid"]))
    assert daemon.start(host) is Answer.HERE
    assert changes_made.read() == {}
    changes_made.write(engine=ours)


@pytest.mark.parametrize(
    ("existing", "start", "status"),
    [
        (["SYSTEMD"], "systemctl start docker.service", "systemctl is-active docker.service"),
        (["OPENRC", "INIT_SCRIPT"], "rc-service docker start", "rc-service docker status"),
    ],
)
def test_the_running_service_manager_is_used(
    machine: Path, monkeypatch: pytest.MonkeyPatch, existing: list[str], start: str, status: str
) -> None:
    for name in existing:
        monkeypatch.setattr(service, name, machine)
    found = service.find()
    assert found
    assert (found.start, found.status) == (tuple(start.split()), tuple(status.split()))
    assert start in daemon.start_action()
    assert start in daemon.start_command()


def test_dockerd_is_also_found_in_system_folders(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_engine(machine, _EXITING)
    monkeypatch.setenv("PATH", "/nowhere")
    assert daemon.program() is None
    monkeypatch.setattr(daemon, "SYSTEM_FOLDERS", str(machine))
    assert daemon.program() == str(machine / "dockerd")
