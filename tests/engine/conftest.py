"""Engines of the tests' own: a test may kill one, fill its disk, or prune it, and nobody else's work is touched.

`own_engine` is one with nothing on it; `small_engine` has a data root of a few megabytes in memory. Each is a dockerd
with folders, socket and session of its own and no network, so no port can be published on it. Both are ended and removed
however the test ends, a killed one too. They need root, or sudo without a password.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException

_AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]
_START_SECONDS = 60
_STOP_SECONDS = 30
_SMALL_MEGABYTES = 48


class OwnEngine:
    """A second dockerd in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"unix://{folder}/docker.sock"
        self.client: docker.DockerClient = self.start()

    def start(self) -> docker.DockerClient:
        """Starts the daemon, waits until it answers, and returns a client of it."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(DockerException):
                client = docker.DockerClient(self.address)
                client.ping()
                return client
            time.sleep(0.05)
        raise AssertionError(f"dockerd did not start:\n{(self.folder / 'log').read_text()[-3000:]}")

    def kill(self) -> None:
        """The daemon dies as in a crash: no farewell, containers left running."""
        self._signal("KILL")

    def end(self) -> None:
        """Stops the daemon and its containers; one that was killed is started once more, for it alone knows them."""
        client = self.client if self._process.poll() is None else self.start()
        for container in client.containers.list(all=True):
            container.remove(force=True, v=True)
        self._signal("TERM")

    def _signal(self, name: str) -> None:
        pid = (self.folder / "pid").read_text().strip()
        subprocess.run([*_AS_ROOT, "kill", f"-{name}", pid], check=True)
        self._process.wait(_STOP_SECONDS)

    def _command(self) -> list[str]:
        dockerd = shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        assert dockerd, "these tests start a dockerd of their own: install the distribution's docker.io"
        folders = {"data-root": "data", "exec-root": "exec", "pidfile": "pid"}
        return [
            *_AS_ROOT,
            # A dockerd without a bridge deletes docker0, and would take the network of the machine's engine with it.
            "unshare",
            "--net",
            dockerd,
            *(f"--{option}={self.folder / name}" for option, name in folders.items()),
            f"--host={self.address}",
            f"--group={os.getgid()}",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
        ]


@contextlib.contextmanager
def _engine(folder: Path) -> Iterator[OwnEngine]:
    engine = OwnEngine(folder)
    try:
        yield engine
    finally:
        engine.end()


@pytest.fixture
def engine_folder() -> Iterator[Path]:
    """A folder with a short path: sockets below it must not be longer than 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="wb-", dir="/tmp"))
    yield folder
    subprocess.run([*_AS_ROOT, "rm", "-rf", "--one-file-system", str(folder)], check=True)


@pytest.fixture
def own_engine(engine_folder: Path) -> Iterator[OwnEngine]:
    """A Docker Engine with nothing on it, for this test alone."""
    with _engine(engine_folder) as engine:
        yield engine


@pytest.fixture
def small_engine(engine_folder: Path) -> Iterator[OwnEngine]:
    """The same with a disk that is soon full."""
    data = engine_folder / "data"
    data.mkdir()
    subprocess.run([*_AS_ROOT, "mount", "-t", "tmpfs", "-o", f"size={_SMALL_MEGABYTES}m", "tmpfs", data], check=True)
    try:
        with _engine(engine_folder) as engine:
            yield engine
    finally:
        subprocess.run([*_AS_ROOT, "umount", data], check=True)
