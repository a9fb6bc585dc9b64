"""An engine started on this machine, and stopped again only if it is our process and nobody else uses it."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from helpers.core.cleaned import Cleaned
from helpers.core.errors import SetupError
from helpers.core.paths import NOTES
from helpers.setup import changes_made, privileges, service
from helpers.setup.foreign_use import foreign_activity
from helpers.setup.ping import Answer, ping
from helpers.setup.process_identity import Process, identify, is_alive, name_of
from helpers.setup.subprocesses import Status

SECONDS_TO_START = 90.0
_SECONDS_TO_STOP = 30.0
_POLL_SECONDS = 0.02
_PROGRAM = "dockerd"
PID_FILES = {_PROGRAM: Path("/var/run/docker.pid"), "containerd": Path("/var/run/docker/containerd/containerd.pid")}
SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"
_START_HINT = (
    "Find the cause in the log above. Inside a container, dockerd needs --privileged; "
    "or set DOCKER_HOST to an engine outside the container."
)


def program() -> str | None:
    """The path of dockerd, searched in PATH and the system folders; None if it is not installed."""
    return shutil.which(_PROGRAM, path=f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_FOLDERS}")


def is_running() -> bool:
    """Whether an engine is already running or starting, no matter what started it."""
    found = service.find()
    return (found is not None and service.is_active(found)) or _has_process()


def start_action() -> str:
    """How the engine is started on this machine: the sentence that asks for the user's consent."""
    found = service.find()
    if found:
        return f"Start the Docker Engine, which is installed but not running, as a service ({' '.join(found.start)})."
    return "Start the Docker Engine, which is installed but not running, as a background process (dockerd)."


def start_command() -> str:
    """The command with which the user can start the engine."""
    found = service.find()
    return f"{privileges.sudo()}{' '.join(found.start) if found else _PROGRAM}"


def start(host: str) -> Answer:
    """Start the installed engine unless it is running, and return its first answer at `host`. Needs root.

    Raises SetupError if the engine exits or does not answer in time.
    """
    if is_running():
        return wait(host)
    found = service.find()
    if not found:
        return _spawn(host)
    service.start(found)
    return wait(host, "service started")


def wait(host: str, summary: str = "was already starting") -> Answer:
    """The first answer at `host` of an engine that the course did not spawn; it is never stopped.

    Raises SetupError if it does not answer in time.
    """
    status = Status("Docker Engine")
    answer = _first_answer(host, status)
    if answer is None:
        status.clear()
        found = service.find()
        log = f"its log with `{found.log}`" if found else "its log"
        raise SetupError(
            f"The Docker Engine is running but did not answer at {host} within {SECONDS_TO_START:.0f} seconds. "
            "It was left as it is.",
            f"Check {log}. If the engine listens on another address, set DOCKER_HOST to it.",
        )
    status.close(summary)
    return answer


def stop(dry_run: bool = False) -> Cleaned:
    """Stop the process that the course spawned, unless other work uses it; one line says what was done or why not.

    No line if there is no such process. A dry run stops nothing and says what would be done.
    """
    noted = changes_made.read()
    ours = _noted(noted.get("engine"))
    alive = ours is not None and is_alive(ours, _PROGRAM)
    if ours is not None and alive:
        return _stop(ours, str(noted["engine"]["host"]), dry_run)
    if not dry_run and {"engine", "pid", "service"} & noted.keys():  # pid and service: written by earlier versions
        changes_made.write(engine=None, pid=None, service=None)
    return Cleaned()


def _stop(ours: Process, host: str, dry_run: bool) -> Cleaned:
    """Stop our running process if possible; the line that says what happened."""
    others = foreign_activity(host)
    if others is None:
        return _keeps_running(ours, "it did not report whether anything else is using it")
    if others:
        return _keeps_running(ours, f"it is in use by {' and '.join(others)}")
    if dry_run:
        return Cleaned([f"Would stop the Docker Engine (process {ours.pid})."])
    try:
        _end(ours)
    except PermissionError:
        return _keeps_running(ours, "only root can stop it")
    changes_made.write(engine=None)
    return Cleaned([f"Stopped the Docker Engine (process {ours.pid})."])


def _keeps_running(ours: Process, reason: str) -> Cleaned:
    command = f"{privileges.sudo()}kill {ours.pid}"
    engine = f"The Docker Engine that the course started (process {ours.pid})"
    return Cleaned(left=[f"{engine} keeps running: {reason}. To stop it anyway, run: {command}"])


def _noted(value: Any) -> Process | None:  # noqa: ANN401  # whatever the file of notes contains
    """The process that a note describes; None if the note has another form."""
    try:
        return Process(str(value["boot"]), int(value["pid"]), int(value["started"])) if value["host"] else None
    except (KeyError, TypeError, ValueError):
        return None


def _spawn(host: str) -> Answer:
    """Start dockerd in the background, note the process, and wait for its first answer."""
    status = Status("Docker Engine")
    child = _in_background()
    ours = identify(child.pid)
    changes_made.write(engine={"host": host, **asdict(ours)})
    answer = _first_answer(host, status, child)
    if answer is None:
        status.clear()
        ended = child.poll() is not None
        happened = "exited immediately" if ended else f"did not answer within {SECONDS_TO_START:.0f} seconds"
        left = _given_up(ours)
        message = f"The Docker Engine was started but {happened}. {left}Its log ends with:\n{_last_lines()}"
        raise SetupError(message, _START_HINT)
    status.close(f"started in the background; log: {_log()}")
    return answer


def _given_up(ours: Process) -> str:
    """Stop a process that never answered, so nothing can be using it; what to say if that fails, else ""."""
    try:
        _end(ours)
    except (SetupError, PermissionError):  # it stays noted, and `clean` tries again
        return f"Process {ours.pid} is still running; to stop it, run: {privileges.sudo()}kill {ours.pid}. "
    changes_made.write(engine=None)
    return ""


def _in_background() -> "subprocess.Popen[bytes]":
    """Start dockerd in its own session with its own log.

    It inherits no descriptor: a program that reads our output through a pipe would otherwise wait for dockerd to exit.
    """
    found = program()
    if found is None:
        raise SetupError("The Docker Engine (dockerd) is not installed.")
    for name, file in PID_FILES.items():
        _drop_stale(file, name)
    NOTES.mkdir(exist_ok=True)
    with _log().open("wb") as log:
        return subprocess.Popen(
            [found], stdin=subprocess.DEVNULL, stdout=log, stderr=log, close_fds=True, start_new_session=True, cwd="/"
        )


def _has_process() -> bool:
    return name_of(_pid_in(PID_FILES[_PROGRAM])) == _PROGRAM


def _pid_in(file: Path) -> int:
    """The number in a pid file; 0 if there is none."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0


def _drop_stale(file: Path, name: str) -> None:
    """Remove a pid file left by a crash: dockerd refuses to start if any process has that number now."""
    pid = _pid_in(file)
    if pid and name_of(pid) != name:
        file.unlink()


def _first_answer(host: str, status: Status, child: "subprocess.Popen[bytes] | None" = None) -> Answer | None:
    """The engine's first answer; None if the time is up or `child` has exited."""
    while True:
        answer = ping(host, 5.0)
        if answer in (Answer.HERE, Answer.FORBIDDEN):
            return answer
        if (child and child.poll() is not None) or status.seconds > SECONDS_TO_START:
            return None
        status.show("waiting for its first answer")
        time.sleep(_POLL_SECONDS)


def _log() -> Path:
    return NOTES / "dockerd.log"


def _last_lines(count: int = 8) -> str:
    try:
        lines = _log().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = ["(no log)"]
    return "\n".join(f"    {line[:300]}" for line in lines[-count:])


def _end(ours: Process) -> None:
    """Send SIGTERM to the process and wait until it has exited.

    Raises SetupError if it is still running after 30 seconds, PermissionError if only root can stop it.
    """
    limit = time.monotonic() + _SECONDS_TO_STOP
    if is_alive(ours, _PROGRAM):
        with contextlib.suppress(ProcessLookupError):  # it may exit in between
            os.kill(ours.pid, signal.SIGTERM)
    while is_alive(ours, _PROGRAM):
        if time.monotonic() > limit:
            message = f"The Docker Engine (process {ours.pid}) was asked to stop but is still running."
            raise SetupError(message, f"Run: {privileges.sudo()}kill {ours.pid}")
        time.sleep(_POLL_SECONDS)
