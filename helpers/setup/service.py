"""The Docker Engine as a service of this machine: its state is read, it is started, and it is never stopped."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from helpers.core.errors import SetupError
from helpers.setup import process_identity

SYSTEMD, OPENRC = Path("/run/systemd/system"), Path("/run/openrc/softlevel")
INIT_SCRIPT = Path("/etc/init.d/docker")
_LOG_FILE = "less /var/log/docker.log"
_SECONDS = 120.0  # systemd gives a unit 90 s to start
_STATUS_SECONDS = 20.0
_UP_STATES = {"active", "activating", "reloading"}  # systemctl(1), is-active


@dataclass(frozen=True)
class Service:
    """The commands of this machine's service manager for the engine."""

    start: tuple[str, ...]
    status: tuple[str, ...]
    log: str  # the command that shows its log


def find() -> Service | None:
    """The engine's service; None if no running service manager has one."""
    if SYSTEMD.exists():
        unit = "docker.service"
        return Service(("systemctl", "start", unit), ("systemctl", "is-active", unit), "journalctl -u docker")
    if OPENRC.exists() and INIT_SCRIPT.exists():
        return Service(("rc-service", "docker", "start"), ("rc-service", "docker", "status"), _LOG_FILE)
    if process_identity.name_of(1) == "init" and INIT_SCRIPT.exists() and shutil.which("service"):
        return Service(("service", "docker", "start"), ("service", "docker", "status"), _LOG_FILE)
    return None


def is_active(service: Service) -> bool:
    """Whether the service is running or starting; False if its manager does not say."""
    try:
        done = _run(service.status, _STATUS_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 or done.stdout.strip() in _UP_STATES


def start(service: Service) -> None:
    """Start the service.

    Raises SetupError with the manager's output if that fails or takes longer than 120 seconds; nothing is undone.
    """
    command = " ".join(service.start)
    try:
        done = _run(service.start, _SECONDS)
    except subprocess.TimeoutExpired as error:
        raise SetupError(f"`{command}` did not finish within {_SECONDS:.0f} seconds.", _hint(service)) from error
    if done.returncode != 0:
        raise SetupError(f"`{command}` failed: {(done.stderr or done.stdout).strip()}", _hint(service))


def _run(command: tuple[str, ...], seconds: float) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, start_new_session=True
    )


def _hint(service: Service) -> str:
    return f"Read its log to find out why: {service.log}"
