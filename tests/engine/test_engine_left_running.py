"""A real engine of ours: with somebody else's work on it, it survives `clean`."""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from helpers.engine.names import LABEL
from helpers.setup import daemon, foreign, notes, process
from helpers.setup.ping import Answer, ping
from tests.engine.conftest import OwnEngine
from tests.engine.test_engine_stops import IMAGE, SLEEP, give_sleep

pytestmark = pytest.mark.engine
_SECONDS = 30


@pytest.fixture
def noted(own_engine: OwnEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The number of the private engine's process, which the notes call one that the course started."""
    monkeypatch.setattr(notes, "NOTES", tmp_path)
    monkeypatch.setattr(notes, "_FILE", tmp_path / "machine.json")
    parent = (own_engine.folder / "pid").read_text().strip()
    (pid,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    notes.write(engine={"host": own_engine.address, **asdict(process.identify(int(pid)))})
    give_sleep(own_engine.client)
    yield int(pid)


def test_a_foreign_container_keeps_it(own_engine: OwnEngine, noted: int) -> None:
    container = own_engine.client.containers.run(IMAGE, SLEEP, name="web", network_mode="none", detach=True)
    for dry_run in (True, False):
        assert daemon.stop(dry_run) == [
            f"The Docker Engine that the course started (process {noted}) stays: it runs the container web, not of the "
            f"course. To stop it: {'' if os.geteuid() == 0 else 'sudo '}kill {noted}"
        ]
    container.reload()
    assert container.status == "running"
    assert ping(own_engine.address) is Answer.HERE


def test_a_foreign_build_keeps_it(own_engine: OwnEngine, noted: int, docker_command: str, tmp_path: Path) -> None:
    text = f'FROM {IMAGE}\nRUN ["/bin/sleep", "{_SECONDS}"]\n'
    command = [docker_command, "build", "--network=none", "--progress=plain", "-"]
    environment = {**os.environ, "DOCKER_HOST": own_engine.address, "DOCKER_BUILDKIT": "1", "HOME": str(tmp_path)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT) as build:
        assert build.stdin
        build.stdin.write(text.encode())
        build.stdin.close()
        assert _turns_to(own_engine, ["a build"])
        (line,) = daemon.stop()
        build.terminate()
    assert f"(process {noted}) stays: it runs a build" in line
    assert ping(own_engine.address) is Answer.HERE
    assert _turns_to(own_engine, [])  # what it built stays in the cache, and is not in use any more


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may end a process of root's")
def test_our_own_work_does_not_keep_it(own_engine: OwnEngine, noted: int) -> None:
    run = own_engine.client.containers.run
    run(IMAGE, SLEEP, labels={LABEL: ""}, stop_signal="SIGKILL", network_mode="none", detach=True)
    run(IMAGE, ["/bin/sleep", "0"], name="ended", network_mode="none")
    assert daemon.stop() == [f"Stopped the Docker Engine (process {noted})."]
    assert ping(own_engine.address) is Answer.NOBODY
    assert notes.read() == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may end it")
def test_who_may_not_end_it_is_told_the_line(own_engine: OwnEngine, noted: int) -> None:
    (line,) = daemon.stop()
    assert line.endswith(f"only root may stop it. To stop it: sudo kill {noted}")
    assert ping(own_engine.address) is Answer.HERE


def test_one_that_hangs_stays(own_engine: OwnEngine, noted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "_SECONDS", 0.5)
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*as_root, "kill", "-STOP", str(noted)], check=True)
    try:
        (line,) = daemon.stop()
    finally:
        subprocess.run([*as_root, "kill", "-CONT", str(noted)], check=True)
    assert "did not say whether somebody else uses it" in line
    assert ping(own_engine.address) is Answer.HERE


def _turns_to(engine: OwnEngine, work: list[str]) -> bool:
    end = time.monotonic() + _SECONDS / 2
    while time.monotonic() < end:
        if foreign.work(engine.address) == work:
            return True
        time.sleep(0.05)
    return False
