"""Private engines for tests, which may kill one, fill its disk, or prune it without touching the machine's engine.

`own_engine` is empty; `small_engine` has a data root of a few megabytes in RAM. Each is a dockerd with its own folders,
socket, session and namespaces, and without a network, so it can't publish ports. Both are stopped and removed however
the test ends. They need root, or sudo without a password.
"""

import contextlib
import os
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
    """A second dockerd in its own namespaces, so that its containers and mounts disappear with it."""

    def __init__(self, folder: Path, disk_megabytes: int | None = None) -> None:
        self.folder = folder
        self.address = f"unix://{folder}/docker.sock"
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command(disk_megabytes), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self.client = self._answering()
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """Kills the engine with SIGKILL, as in a crash."""
        if self._process.poll() is None:
            pid = (self.folder / "pid").read_text().strip()
            subprocess.run([*_AS_ROOT, "kill", "-KILL", pid], check=True)
            self._process.wait(_STOP_SECONDS)

    def _answering(self) -> docker.DockerClient:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(DockerException):
                return docker.DockerClient(self.address, version="auto")
            time.sleep(0.05)
        raise AssertionError(f"dockerd did not start:\n{(self.folder / 'log').read_text()[-3000:]}")

    def _command(self, disk_megabytes: int | None) -> list[str]:
        folder = self.folder
        folders = {"data-root": "data", "exec-root": "exec", "pidfile": "dockerd.pid"}
        daemon = [
            "dockerd",
            *(f"--{option}={folder / name}" for option, name in folders.items()),
            f"--host={self.address}",
            f"--group={os.getgid()}",
            f"--cgroup-parent=/{folder.name}",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
        ]
        disk = f"mount -t tmpfs -o size={disk_megabytes}m tmpfs {folder}/data" if disk_megabytes else "true"
        inside = ["sh", "-c", f'{disk} && PATH="$PATH:/usr/sbin:/sbin" exec "$@"', "sh", *daemon]
        # --net: a dockerd without a bridge deletes docker0, which is the network of the machine's engine.
        spaces = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", *inside]
        return [*_AS_ROOT, "sh", "-c", f'echo $$ > {folder}/pid && exec "$@"', "sh", *spaces]


@pytest.fixture
def engine_folder() -> Iterator[Path]:
    """A folder with a short path: sockets below it must not be longer than 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="wb-", dir="/tmp"))
    (folder / "data").mkdir()
    yield folder
    subprocess.run([*_AS_ROOT, "rm", "-rf", "--one-file-system", str(folder)], check=True)
    groups = [
        "find",
        "/sys/fs/cgroup",
        "-depth",
        "-type",
        "d",
        "-path",
        f"*/{folder.name}*",
        "-exec",
        "rmdir",
        "{}",
        ";",
    ]
    subprocess.run([*_AS_ROOT, *groups], check=True)


@contextlib.contextmanager
def _engine(folder: Path, disk_megabytes: int | None = None) -> Iterator[OwnEngine]:
    engine = OwnEngine(folder, disk_megabytes)
    try:
        yield engine
    finally:
        engine.kill()


@pytest.fixture
def own_engine(engine_folder: Path) -> Iterator[OwnEngine]:
    """An empty Docker Engine, for this test only."""
    with _engine(engine_folder) as engine:
        yield engine


@pytest.fixture
def small_engine(engine_folder: Path) -> Iterator[OwnEngine]:
    """The same with a small disk in RAM."""
    with _engine(engine_folder, _SMALL_MEGABYTES) as engine:
        yield engine
