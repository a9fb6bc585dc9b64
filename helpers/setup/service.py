"""The Docker Engine as a service of this machine: looked at and started, never stopped."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from helpers.setup import process
from helpers.setup.errors import SetupError

_SYSTEMD, _OPENRC = Path("/run/systemd/system"), Path("/run/openrc/softlevel")
_INIT_SCRIPT = Path("/etc/init.d/docker")
_LOG_FILE = "less /var/log/docker.log"
_SECONDS = 120.0  # systemd gives a unit 90 to start
_SECONDS_TO_LOOK = 20.0
_UP = {"active", "activating", "reloading"}  # systemctl(1), is-active


@dataclass(frozen=True)
class Service:
    """How the service manager of this machine is spoken to about the engine."""

    start: tuple[str, ...]
    status: tuple[str, ...]
    log: str  # what shows its log, as the reader types it


def find() -> Service | None:
    """The engine's service; None where no service manager runs that knows it."""
    if _SYSTEMD.exists():
        unit = "docker.service"
        return Service(("systemctl", "start", unit), ("systemctl", "is-active", unit), "journalctl -u docker")
    if _OPENRC.exists() and _INIT_SCRIPT.exists():
        return Service(("rc-service", "docker", "start"), ("rc-service", "docker", "status"), _LOG_FILE)
    if process.name_of(1) == "init" and _INIT_SCRIPT.exists() and shutil.which("service"):
        return Service(("service", "docker", "start"), ("service", "docker", "status"), _LOG_FILE)
    return None


def is_active(service: Service) -> bool:
    """Whether the service is up or coming up; False where its manager cannot be asked."""
    try:
        done = _run(service.status, _SECONDS_TO_LOOK)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 or done.stdout.strip() in _UP


def start(service: Service) -> None:
    """Have the service started.

    Raises SetupError, with what its manager said, where that fails or does not end in time. Nothing is undone.
    """
    line = " ".join(service.start)
    try:
        done = _run(service.start, _SECONDS)
    except subprocess.TimeoutExpired as error:
        raise SetupError(f"`{line}` has not ended after {_SECONDS:.0f} seconds.", _look(service)) from error
    if done.returncode != 0:
        raise SetupError(f"`{line}` failed: {(done.stderr or done.stdout).strip()}", _look(service))


def _run(command: tuple[str, ...], seconds: float) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, start_new_session=True
    )


def _look(service: Service) -> str:
    return f"the log says why: {service.log}"
