"""An engine of this machine started, and a process of ours stopped again where nobody else uses it.

A service is started and never stopped: it belongs to the machine. Only a `dockerd` that we spawned is ever ended.
"""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from helpers.setup import foreign, notes, privileges, process, service
from helpers.setup.errors import SetupError
from helpers.setup.folders import NOTES
from helpers.setup.ping import Answer, ping
from helpers.setup.process import Process
from helpers.setup.status import Status

_SECONDS_TO_START = 90.0
_SECONDS_TO_STOP = 30.0
_LOOK_SECONDS = 0.05
_PROGRAM = "dockerd"
_PID_FILES = {_PROGRAM: Path("/var/run/docker.pid"), "containerd": Path("/var/run/docker/containerd/containerd.pid")}
_SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"
_CAUSE = "the log names the cause; a container needs --privileged for it, or an engine from outside by DOCKER_HOST"


def program() -> str | None:
    """The path of the engine's program, also where the account's PATH has no system folders; None: not installed."""
    return shutil.which(_PROGRAM, path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM_FOLDERS}")


def is_running() -> bool:
    """Whether the engine runs already or is about to, whoever started it."""
    found = service.find()
    return (found is not None and service.is_active(found)) or _has_process()


def deed() -> str:
    """What starting the engine means on this machine: what a reader is asked to agree to."""
    found = service.find()
    if found:
        return f"Start the Docker Engine, which is installed and stopped, by its service ({' '.join(found.start)})."
    return "Start the Docker Engine, which is installed and stopped, as a process in the background (dockerd)."


def by_hand() -> str:
    """The line that somebody types who would rather start it themselves."""
    found = service.find()
    return f"type: {privileges.sudo()}{' '.join(found.start) if found else _PROGRAM}"


def start(host: str) -> Answer:
    """Start the installed engine, unless it runs already, and wait: what it answers at `host`; root is needed.

    Raises SetupError where it ends or does not answer in time.
    """
    if is_running():
        return wait(host)
    found = service.find()
    if not found:
        return _spawn(host)
    service.start(found)
    return wait(host, "started by its service")


def wait(host: str, summary: str = "was starting already") -> Answer:
    """The answer at `host` of an engine that is no process of ours. Nothing is done to it, even if it stays silent.

    Raises SetupError where it does not answer in time.
    """
    status = Status("Docker Engine")
    answer = _first_answer(host, status)
    if answer is None:
        status.clear()
        found = service.find()
        look = f"`{found.log}`" if found else "its log"
        raise SetupError(
            f"The Docker Engine is running and has not answered at {host} within {_SECONDS_TO_START:.0f} seconds. "
            "It is left as it is.",
            f"look into {look}; if it listens elsewhere, set DOCKER_HOST to that address",
        )
    status.close(summary)
    return answer


def stop(dry_run: bool = False) -> list[str]:
    """End the process that we spawned, unless somebody else's work is on it: a line that says what was done or why not.

    No line where no such process runs. A dry run ends nothing and says what would be done.
    """
    noted = notes.read()
    ours = _noted(noted.get("engine"))
    alive = ours is not None and process.is_alive(ours, _PROGRAM)
    if ours is not None and alive:
        return [_stop(ours, str(noted["engine"]["host"]), dry_run)]
    if not dry_run and {"engine", "pid", "service"} & noted.keys():  # the last two: notes of earlier versions
        notes.write(engine=None, pid=None, service=None)
    return []


def _stop(ours: Process, host: str, dry_run: bool) -> str:
    """The line that says what happened to our process, which is alive."""
    others = foreign.work(host)
    if others is None:
        return _stays(ours, "it did not say whether somebody else uses it")
    if others:
        return _stays(ours, f"it runs {' and '.join(others)}, not of the course")
    if dry_run:
        return f"would stop the Docker Engine (process {ours.pid})"
    try:
        _end(ours)
    except PermissionError:
        return _stays(ours, "only root may stop it")
    notes.write(engine=None)
    return f"Stopped the Docker Engine (process {ours.pid})."


def _stays(ours: Process, reason: str) -> str:
    line = f"{privileges.sudo()}kill {ours.pid}"
    return f"The Docker Engine that the course started (process {ours.pid}) stays: {reason}. To stop it: {line}"


def _noted(value: Any) -> Process | None:
    """The process of a note; None where the note is not one of ours."""
    try:
        return Process(str(value["boot"]), int(value["pid"]), int(value["started"])) if value["host"] else None
    except (KeyError, TypeError, ValueError):
        return None


def _spawn(host: str) -> Answer:
    """Start the engine as a process of ours, and note which one it is."""
    status = Status("Docker Engine")
    child = _in_background()
    ours = process.identify(child.pid)
    notes.write(engine={"host": host, **asdict(ours)})
    answer = _first_answer(host, status, child)
    if answer is None:
        status.clear()
        ended = child.poll() is not None
        _end(ours)  # it never answered, so nobody's work is on it
        notes.write(engine=None)
        happened = "ended at once" if ended else f"did not answer within {_SECONDS_TO_START:.0f} seconds"
        raise SetupError(f"The Docker Engine was started and {happened}. It said:\n{_last_lines()}", _CAUSE)
    status.close(f"started in the background, its log is {_log()}")
    return answer


def _in_background() -> "subprocess.Popen[bytes]":
    """A session and a log of its own and no descriptor of ours, or whoever reads our output would wait for its end."""
    found = program()
    if found is None:
        raise SetupError("The Docker Engine's program, dockerd, is not installed.")
    for name, file in _PID_FILES.items():
        _drop_stale(file, name)
    NOTES.mkdir(exist_ok=True)
    with _log().open("wb") as log:
        return subprocess.Popen(
            [found], stdin=subprocess.DEVNULL, stdout=log, stderr=log, close_fds=True, start_new_session=True, cwd="/"
        )


def _has_process() -> bool:
    return process.name_of(_pid_in(_PID_FILES[_PROGRAM])) == _PROGRAM


def _pid_in(file: Path) -> int:
    """The number in a pid file; 0 where there is none."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0


def _drop_stale(file: Path, name: str) -> None:
    """A pid file that a crash left stops the next start as soon as any other process has that number."""
    pid = _pid_in(file)
    if pid and process.name_of(pid) != name:
        file.unlink()


def _first_answer(host: str, status: Status, child: "subprocess.Popen[bytes] | None" = None) -> Answer | None:
    """What the engine answers once it does; None where the time is up, or the child that should answer has ended."""
    while True:
        answer = ping(host, 5.0)
        if answer in (Answer.HERE, Answer.FORBIDDEN):
            return answer
        if (child and child.poll() is not None) or status.seconds > _SECONDS_TO_START:
            return None
        status.show("waiting for its first answer")
        time.sleep(_LOOK_SECONDS)


def _log() -> Path:
    return NOTES / "dockerd.log"


def _last_lines(count: int = 8) -> str:
    try:
        lines = _log().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = ["(no log)"]
    return "\n".join(f"    {line[:300]}" for line in lines[-count:])


def _end(ours: Process) -> None:
    """Ask the process to end, and wait for it."""
    limit = time.monotonic() + _SECONDS_TO_STOP
    if process.is_alive(ours, _PROGRAM):
        os.kill(ours.pid, signal.SIGTERM)
    while process.is_alive(ours, _PROGRAM):
        if time.monotonic() > limit:
            goes_on = f"The Docker Engine (process {ours.pid}) was told to stop and goes on."
            raise SetupError(goes_on, f"{privileges.sudo()}kill {ours.pid}")
        time.sleep(_LOOK_SECONDS)
