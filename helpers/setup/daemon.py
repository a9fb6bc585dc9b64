"""An engine of this machine started, and stopped again where it was us who started it."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from helpers.setup import notes
from helpers.setup.errors import SetupError
from helpers.setup.folders import NOTES
from helpers.setup.ping import Answer, ping
from helpers.setup.status import Status

_SECONDS_TO_START = 90.0
_SECONDS_TO_STOP = 30.0
_LOOK_SECONDS = 0.05
_PID_FILES = {"dockerd": Path("/var/run/docker.pid"), "containerd": Path("/var/run/docker/containerd/containerd.pid")}
_SYSTEMD, _OPENRC = Path("/run/systemd/system"), Path("/run/openrc/softlevel")
_INIT_SCRIPT = Path("/etc/init.d/docker")
_SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


def program() -> str | None:
    """The path of the engine's program, also where the account's PATH has no system folders; None: not installed."""
    return shutil.which("dockerd", path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM_FOLDERS}")


def start(host: str) -> None:
    """Start the installed engine and wait until it answers at `host`; root is needed.

    Raises SetupError, with the last lines of its log, where it ends or does not answer in time.
    """
    status = Status("Docker Engine")
    service = _service_command("start")
    if service:
        _call(service)
        notes.write(service="docker")
        _wait(host, None, status)
        status.close("started by its service")
    else:
        process = _in_background()
        notes.write(pid=process.pid)
        _wait(host, process, status)
        status.close(f"started in the background, its log is {_log()}")


def stop() -> list[str]:
    """Stop the engine that we started; a line that says so, or none where there is nothing to stop."""
    noted, said = notes.read(), []
    service, pid = noted.get("service"), noted.get("pid")
    if service:
        _call(_service_command("stop") or ["true"])
        said = ["Stopped the Docker Engine's service."]
    elif pid and _is_running(pid, "dockerd"):
        _end(pid)
        said = [f"Stopped the Docker Engine (process {pid})."]
    if service or pid:
        notes.write(service=None, pid=None)
    return said


def _service_command(verb: str) -> list[str] | None:
    """The command of the service manager, where one runs that knows the engine."""
    if _SYSTEMD.exists():
        units = ["docker.service"] if verb == "start" else ["docker.service", "docker.socket"]
        return ["systemctl", verb, *units]
    if _OPENRC.exists() and _INIT_SCRIPT.exists():
        return ["rc-service", "docker", verb]
    if _name(1) == "init" and _INIT_SCRIPT.exists() and shutil.which("service"):
        return ["service", "docker", verb]
    return None


def _call(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True)
    if done.returncode != 0:
        raise SetupError(
            f"`{' '.join(command)}` failed: {(done.stderr or done.stdout).strip()}", "see: journalctl -u docker"
        )


def _in_background() -> subprocess.Popen[bytes]:
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


def _drop_stale(file: Path, name: str) -> None:
    """A pid file that a crash left stops the next start as soon as any other process has that number."""
    try:
        pid = int(file.read_text())
    except (OSError, ValueError):
        return
    if not _is_running(pid, name):
        file.unlink()


def _wait(host: str, process: subprocess.Popen[bytes] | None, status: Status) -> None:
    while ping(host, 5.0) is not Answer.HERE:
        ended = process is not None and process.poll() is not None
        if ended or status.seconds > _SECONDS_TO_START:
            stop()
            happened = "ended at once" if ended else f"did not answer within {_SECONDS_TO_START:.0f} seconds"
            raise SetupError(f"The Docker Engine was started and {happened}. It said:\n{_last_lines()}", _MEND)
        status.show("waiting for its first answer")
        time.sleep(_LOOK_SECONDS)


_MEND = "the log names the cause; a container needs --privileged for it, or an engine from outside by DOCKER_HOST"


def _log() -> Path:
    return NOTES / "dockerd.log"


def _last_lines(count: int = 8) -> str:
    try:
        lines = _log().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = ["(no log)"]
    return "\n".join(f"    {line[:300]}" for line in lines[-count:])


def _end(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
    limit = time.monotonic() + _SECONDS_TO_STOP
    while _is_running(pid, "dockerd"):
        if time.monotonic() > limit:
            raise SetupError(f"The Docker Engine (process {pid}) was told to stop and goes on.", f"kill {pid}")
        time.sleep(_LOOK_SECONDS)


def _is_running(pid: int, name: str) -> bool:
    return _name(pid) == name


def _name(pid: int) -> str:
    """What the system calls the process; "" where there is none, or it has ended and waits to be collected."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    name, state = stat[stat.index("(") + 1 : stat.rindex(")")], stat[stat.rindex(")") + 2]
    return "" if state == "Z" else name
