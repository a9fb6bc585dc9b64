"""Why a container never answered, in words that lead to the mend."""

from collections.abc import Iterable

from docker import DockerClient
from docker.models.containers import Container

from helpers.engine.health import Waiting
from helpers.engine.outside import listening_ports
from helpers.engine.throwaway import log_of
from helpers.records.errors import BaseImageError, ContainerError, ContainerExited, NeverHealthy

LAST_LINES = 12
OUT_OF_MEMORY = "It was out of memory: the limit is too low for what it does."
HINTS = {
    0: "It ended by itself: CMD has to name a program that stays in the foreground.",
    126: "What CMD names is not executable.",
    127: "What CMD names is not in the image.",
    133: "A trap at start. Go 1.19 does that when it links with `-linkmode external` a program without any package "
    "that uses cgo (golang/go#31544); CGO_ENABLED=0 needs no such flags.",
    137: "Something killed it: `docker events` says who.",
    139: "A segmentation fault: was the binary built for this architecture and this C library?",
}


def has_exited(container: Container, path: str) -> ContainerExited:
    """The container ended before it answered: its status, what it said last, and what that status usually means."""
    state = container.attrs["State"]
    status = int(state["ExitCode"])
    hint = (
        OUT_OF_MEMORY if state.get("OOMKilled") else HINTS.get(status, "The last line above usually names the cause.")
    )
    return ContainerExited(
        f"The container ended with status {status} before it answered {path}.{_last_words(container)}", hint
    )


def never_healthy(client: DockerClient, container: Container, waiting: Waiting, port: int) -> NeverHealthy:
    """The container runs and does not answer: what was asked, what listens, what the image says, what the log says."""
    ports = _ports(client, container)
    message = (
        f"No 200 from {waiting.url} (port {port} of the container) within {waiting.limit:g} s; last: {waiting.last}."
    )
    facts = " ".join(filter(None, (_listening(ports), _exposed(container.image.attrs if container.image else {}))))
    return NeverHealthy(f"{message}\n{facts}{_last_words(container)}", mend(ports, port, waiting.last))


def mend(ports: dict[int, bool] | None, port: int, last: str) -> str:
    """What to change, from the ports listened on (None: not known), the port asked and the last answer."""
    if last.startswith("HTTP "):
        return f"It answers, and not with 200 ({last}): is the path right, and is what it needs there?"
    if not ports:
        return "Is it still starting? Then give it longer. Does it listen at all? The log says."
    if port not in ports:
        return f"It listens on another port than {port}: ask for port={_list(ports)}, or set PORT={port}."
    if not ports[port]:
        return f"It listens on its own loopback only: let it listen on 0.0.0.0:{port}."
    return (
        "It listens, and this machine does not reach it: does the engine run elsewhere (a dev container, a forwarded "
        "socket)? Then run the workbook where the engine runs."
    )


def _ports(client: DockerClient, container: Container) -> dict[int, bool] | None:
    try:
        return listening_ports(client, container)
    except (BaseImageError, ContainerError):  # no reason to hide the failure that is being explained
        return None


def _listening(ports: dict[int, bool] | None) -> str:
    if ports is None:
        return ""
    return f"It listens on {_list(ports)}." if ports else "It listens on no port."


def _exposed(image: dict[str, dict[str, dict[str, object] | None]]) -> str:
    exposed = (image.get("Config") or {}).get("ExposedPorts") or {}
    return f"The image says EXPOSE {' '.join(sorted(exposed))}." if exposed else "The image has no EXPOSE."


def _last_words(container: Container) -> str:
    lines = log_of(container, LAST_LINES).rstrip()
    return f"\nIts log ends with:\n{lines}" if lines else "\nIts log is empty."


def _list(ports: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ports)))
