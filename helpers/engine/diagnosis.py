"""Why a container never answered, in words that lead to the mend."""

from collections.abc import Iterable
from typing import Any

from docker import DockerClient
from docker.models.containers import Container

from helpers.engine.address import PUBLISH
from helpers.engine.health import REFUSED_SECONDS, Waiting
from helpers.engine.outside import listening_ports
from helpers.engine.throwaway import log_of
from helpers.records.errors import BaseImageError, ContainerError, ContainerExited, NeverHealthy

LAST_LINES = 12
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
    usual = HINTS.get(status, "The last line above usually names the cause.")
    hint = _out_of_memory(container.attrs) if state.get("OOMKilled") else usual
    return ContainerExited(
        f"The container ended with status {status} before it answered {path}.{_last_words(container)}", hint
    )


def never_healthy(client: DockerClient, container: Container, waiting: Waiting, port: int) -> NeverHealthy:
    """The container runs and does not answer: what was asked, what listens, what the image says, what the log says."""
    ports = _ports(client, container)
    facts = " ".join(filter(None, (_listening(ports), _exposed(container.image.attrs if container.image else {}))))
    return NeverHealthy(f"{_asked(waiting, port)}\n{facts}{_last_words(container)}", hint(ports, port, waiting.last))


def hint(ports: dict[int, bool] | None, port: int, last: str) -> str:
    """What to change, from the ports listened on (None: not known), the port asked and the last answer."""
    if last.startswith(("HTTP 5", "HTTP 2")):
        return f"It answers, and not with a whole 200 ({last}): its log may say why. Is what it needs there?"
    if last.startswith("HTTP "):
        return f"It answers, and not with 200 ({last}): is the path right? Redirects aren't followed."
    if not ports:
        return "Is it still starting? Then give it longer. Does it listen at all? The log says."
    if port not in ports:
        return f"It listens on another port than {port}: ask for port={_list(ports)}, or set PORT={port}."
    if not ports[port]:
        return f"It listens on its own loopback only: let it listen on 0.0.0.0:{port}."
    return (
        "It listens, and this machine does not reach it: does the engine run elsewhere (a dev container, a forwarded "
        f"socket)? Then set {PUBLISH}=none, and a helper container beside it asks; or set it to an address of the "
        "engine's host that this machine reaches."
    )


def _asked(waiting: Waiting, port: int) -> str:
    where = f"{waiting.url} (port {port} of the container)"
    if waiting.is_refused:
        return f"{where} has answered {waiting.last} for {REFUSED_SECONDS:g} s."
    return f"No 200 from {where} within {waiting.limit:g} s; last: {waiting.last}."


def _out_of_memory(container: dict[str, Any]) -> str:
    limit = (container.get("HostConfig") or {}).get("Memory") or 0
    which = f"its limit of {limit / 2**20:,.0f} MiB is" if limit else "the engine's host has"
    return f"It was out of memory: {which} too little for what it does. `run(memory=…)` sets another limit."


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
