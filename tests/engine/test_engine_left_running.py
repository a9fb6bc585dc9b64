"""An engine that the course started keeps running after `clean` if it has work that isn't the course's."""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from helpers.core.names import LABEL
from helpers.setup import changes_made, daemon, foreign_use
from helpers.setup.ping import Answer, ping
from helpers.setup.process_identity import identify
from tests.engine.test_engine_stops import IMAGE, SLEEP, import_sleep
from tests.fixtures.engines import OwnEngine

pytestmark = pytest.mark.engine
_SECONDS = 30


@pytest.fixture
def noted(own_engine: OwnEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The PID of the private engine, recorded as started by the course."""
    monkeypatch.setattr(changes_made, "NOTES", tmp_path)
    parent = (own_engine.folder / "pid").read_text().strip()
    (pid,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    changes_made.write(engine={"host": own_engine.address, **asdict(identify(int(pid)))})
    import_sleep(own_engine.client)
    yield int(pid)


def test_a_foreign_container_keeps_it_running(own_engine: OwnEngine, noted: int) -> None:
    container = own_engine.client.containers.run(IMAGE, SLEEP, name="web", network_mode="none", detach=True)
    for dry_run in (True, False):
        assert daemon.stop(dry_run) == [
            f"The Docker Engine that the course started (process {noted}) keeps running: it is in use by the container "
            f"web. To stop it anyway, run: {'' if os.geteuid() == 0 else 'sudo '}kill {noted}"
        ]
    container.reload()
    assert container.status == "running"
    assert ping(own_engine.address) is Answer.HERE


def test_a_foreign_build_keeps_it_running(
    own_engine: OwnEngine, noted: int, docker_command: str, tmp_path: Path
) -> None:
    text = f'FROM {IMAGE}\nRUN ["/bin/sleep", "{_SECONDS}"]\n'
    command = [docker_command, "build", "--network=none", "--progress=plain", "-"]
    environment = {**os.environ, "DOCKER_HOST": own_engine.address, "DOCKER_BUILDKIT": "1", "HOME": str(tmp_path)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT) as build:
        assert build.stdin
        build.stdin.write(text.encode())
        build.stdin.close()
        assert _becomes(own_engine, ["a build"])
        (line,) = daemon.stop()
        build.terminate()
    assert f"(process {noted}) keeps running: it is in use by a build" in line
    assert ping(own_engine.address) is Answer.HERE
    assert _becomes(own_engine, [])  # its records remain in the cache but are no longer in use


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may end a process of root's")
def test_our_own_work_does_not_keep_it_running(own_engine: OwnEngine, noted: int) -> None:
    run = own_engine.client.containers.run
    run(IMAGE, SLEEP, labels={LABEL: ""}, stop_signal="SIGKILL", network_mode="none", detach=True)
    run(IMAGE, ["/bin/sleep", "0"], name="ended", network_mode="none")
    assert daemon.stop() == [f"Stopped the Docker Engine (process {noted})."]
    assert ping(own_engine.address) is Answer.NO_LISTENER
    assert changes_made.read() == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may end it")
def test_a_user_who_may_not_stop_it_gets_the_command(own_engine: OwnEngine, noted: int) -> None:
    (line,) = daemon.stop()
    assert line.endswith(f"only root can stop it. To stop it anyway, run: sudo kill {noted}")
    assert ping(own_engine.address) is Answer.HERE


def test_an_engine_that_hangs_keeps_running(own_engine: OwnEngine, noted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_use, "SECONDS_TO_LIST", 0.5)
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*as_root, "kill", "-STOP", str(noted)], check=True)
    try:
        (line,) = daemon.stop()
    finally:
        subprocess.run([*as_root, "kill", "-CONT", str(noted)], check=True)
    assert "did not report whether anything else is using it" in line
    assert ping(own_engine.address) is Answer.HERE


def _becomes(engine: OwnEngine, work: list[str]) -> bool:
    end = time.monotonic() + _SECONDS / 2
    while time.monotonic() < end:
        if foreign_use.foreign_activity(engine.address) == work:
            return True
        time.sleep(0.05)
    return False
