"""Why a container never gave a good answer: its exit status, its ports and its log, and what to change."""

from collections.abc import Iterable
from typing import Any

from docker import DockerClient
from docker.models.containers import Container

from helpers.core.errors import BaseImageError, ContainerError, ContainerExited, NeverHealthy
from helpers.engine import health
from helpers.engine.ephemeral import log_of
from helpers.engine.health import Waiting
from helpers.engine.http_client import PUBLISH
from helpers.engine.procfs import listening_ports

LAST_LINES = 12
HINTS = {
    0: "Make CMD start a program that stays in the foreground: the main process exited by itself.",
    126: "Make the program that CMD names executable.",
    127: "Check CMD: the program that it names is not in the image.",
    133: "If you link with `-linkmode external`, build with CGO_ENABLED=0 instead: Go 1.19 programs linked that way "
    "without any package that uses cgo end with a trap at start (golang/go#31544).",
    137: "Run `docker events` to see what killed it.",
    139: "Check that the binary was built for this architecture and C library: it ended with a segmentation fault.",
}


def exited_error(container: Container, path: str) -> ContainerExited:
    """The error for a container that exited before it responded: its status, its last log lines, and a hint."""
    state = container.attrs["State"]
    status = int(state["ExitCode"])
    usual = HINTS.get(status, "Read the last line above: it usually names the cause.")
    hint = _out_of_memory(container.attrs) if state.get("OOMKilled") else usual
    return ContainerExited(
        f"The container exited with status {status} before it responded to {path}.{_log_end(container)}", hint
    )


def unhealthy_error(client: DockerClient, container: Container, waiting: Waiting, port: int) -> NeverHealthy:
    """The error for a container that runs but never responded with 200: the URL, its ports, its EXPOSE and its log."""
    ports = _ports(client, container)
    facts = " ".join(filter(None, (_listening(ports), _exposed(container.image.attrs if container.image else {}))))
    return NeverHealthy(f"{_result(waiting, port)}\n{facts}{_log_end(container)}", hint(ports, port, waiting.last))


def hint(ports: dict[int, bool] | None, port: int, last: str) -> str:
    """What to change, given the listening ports (None: unknown), the requested port and the last result."""
    if last.startswith(("HTTP 5", "HTTP 2")):
        return f"Check its log and the services that it needs: it doesn't respond with a complete 200 ({last})."
    if last.startswith("HTTP "):
        return f"Check the path: it responds, but not with 200 ({last}). Redirects aren't followed."
    if not ports:
        return "If it is still starting, set a longer timeout. If not, check in the log whether it listens at all."
    if port not in ports:
        return f"Use port={_list(ports)}, or set PORT={port}: it doesn't listen on port {port}."
    if not ports[port]:
        return f"Make it listen on 0.0.0.0:{port}: it listens on loopback only."
    return (
        f"Set {PUBLISH}=none to send the requests from a helper container on the engine's host, or set it to an "
        "address of that host that this machine can reach. The container listens, but this machine can't reach it: "
        "the engine may be remote (a dev container, a forwarded socket)."
    )


def _result(waiting: Waiting, port: int) -> str:
    where = f"{waiting.url} (port {port} of the container)"
    if waiting.is_refused:
        return f"{where} has responded with {waiting.last} for {health.REFUSED_SECONDS:g} s."
    return f"No 200 from {where} within {waiting.limit:g} s; last result: {waiting.last}."


def _out_of_memory(container: dict[str, Any]) -> str:
    limit = (container.get("HostConfig") or {}).get("Memory") or 0
    which = f"its limit is {limit / 2**20:,.0f} MiB" if limit else "the engine's host has too little"
    return f"Set another limit with `run(memory=…)`: the container ran out of memory ({which})."


def _ports(client: DockerClient, container: Container) -> dict[int, bool] | None:
    try:
        return listening_ports(client, container)
    except (BaseImageError, ContainerError):  # must not hide the failure that is being explained
        return None


def _listening(ports: dict[int, bool] | None) -> str:
    if ports is None:
        return ""
    return f"It listens on {_list(ports)}." if ports else "It listens on no port."


def _exposed(image: dict[str, dict[str, dict[str, object] | None]]) -> str:
    exposed = (image.get("Config") or {}).get("ExposedPorts") or {}
    return f"The image has EXPOSE {' '.join(sorted(exposed))}." if exposed else "The image has no EXPOSE."


def _log_end(container: Container) -> str:
    lines = log_of(container, LAST_LINES).rstrip()
    return f"\nIts log ends with:\n{lines}" if lines else "\nIts log is empty."


def _list(ports: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ports)))
