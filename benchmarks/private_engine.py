"""A Docker Engine for one benchmark: empty, beside the user's own, and gone afterwards with everything in it."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import DockerException

from helpers.core.errors import WorkbookError

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_PROGRAMS = ("dockerd", "setpriv", "unshare", "ip")
_NAMESPACE = "dockerfile-workbook-benchmark"
# A dockerd that finds a containerd at its usual address would use that one, and remove the images of everybody there.
_HIDE_CONTAINERD = 'mkdir -p /run/containerd && mount -t tmpfs tmpfs /run/containerd && exec "$@"'


@dataclass(frozen=True, slots=True)
class PrivateEngine:
    """The engine's client and the address for a Docker CLI."""

    client: docker.DockerClient
    address: str

    def empty(self) -> None:
        """Removes all images."""
        self.client.images.prune({"dangling": False})

    def require_new(self) -> None:
        """Raises WorkbookError if the engine has an image or a container: then it isn't ours to empty."""
        if self.client.images.list(all=True) or self.client.containers.list(all=True, ignore_removed=True):
            raise WorkbookError(
                "The benchmark's own engine has images or containers at its start, so it shares them with another one.",
                "Check with `ps -ef` which containerd it uses. Nothing was removed.",
            )


def obstacle() -> str:
    """Why no private engine can be started here; "" if one can."""
    absent = [program for program in _PROGRAMS if not _program(program)]
    if absent:
        return f"it needs an engine of its own, and {', '.join(absent)} is missing"
    return "" if os.geteuid() == 0 else "it needs an engine of its own, which only root can start"


@contextmanager
def private_engine(folder: Path) -> Iterator[PrivateEngine]:
    """An engine that keeps everything in `folder` and shares this machine's network, so that it reaches our registry.

    It has a bridge of its own: with --bridge=none, dockerd would delete docker0, the bridge of the user's engine. It
    has a containerd of its own and reads no settings of the machine. Raises WorkbookError if it doesn't start empty.
    """
    bridge = f"wbb{os.getpid()}"
    _ip("link", "add", bridge, "type", "bridge")
    try:
        _settings(folder).write_text("{}", encoding="utf-8")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(_command(folder, bridge), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            engine = _answering(process, folder)
            engine.require_new()
            yield engine
        finally:
            process.kill()  # dockerd is killed with it; `unshare` ignores SIGTERM
            process.wait(_STOP_SECONDS)
    finally:
        _ip("link", "delete", bridge)
        shutil.rmtree(folder, ignore_errors=True)


def _command(folder: Path, bridge: str) -> list[str]:
    spaces = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    folders = [f"--{name}-root={folder / name}" for name in ("data", "exec")]
    network = [f"--bridge={bridge}", "--iptables=false", "--ip-masq=false", "--ip-forward=false"]
    files = [f"--pidfile={folder / 'pid'}", f"--host={_address(folder)}", f"--config-file={_settings(folder)}"]
    containerd = [f"--containerd-namespace={_NAMESPACE}", f"--containerd-plugins-namespace={_NAMESPACE}-plugins"]
    with_us = [_program("setpriv"), "--pdeathsig", "KILL"]  # it ends with this process, even if that is killed
    hidden = [_program("unshare"), *spaces, "sh", "-c", _HIDE_CONTAINERD, "sh"]
    return [*with_us, *hidden, _program("dockerd"), *folders, *files, *containerd, *network]


def _answering(process: "subprocess.Popen[bytes]", folder: Path) -> PrivateEngine:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            return PrivateEngine(docker.DockerClient(_address(folder), version="auto"), _address(folder))
        except DockerException:
            time.sleep(0.1)
    lines = (folder / "log").read_text(errors="replace").strip().splitlines()[-5:]
    raise WorkbookError("\n  | ".join(["The benchmark's own engine did not start.", *lines]))


def _settings(folder: Path) -> Path:
    return folder / "daemon.json"


def _address(folder: Path) -> str:
    return f"unix://{folder / 'docker.sock'}"


def _program(name: str) -> str:
    """The program's path, also outside of an ordinary user's PATH; "" if it is missing."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin") or ""


def _ip(*arguments: str) -> None:
    done = subprocess.run([_program("ip"), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise WorkbookError(f"`ip {' '.join(arguments)}` failed: {done.stderr.strip()}")
