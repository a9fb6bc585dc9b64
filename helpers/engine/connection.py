"""The engine that is reached: which one, by what, and whether the course can use it."""

import os
from typing import Any

import docker
from docker.constants import DEFAULT_NPIPE, DEFAULT_UNIX_SOCKET
from docker.context import ContextAPI
from docker.context.config import get_current_context_name
from docker.errors import DockerException

from helpers.engine.buildkit import control
from helpers.records import Engine
from helpers.records.errors import EngineNotFound, EngineRefused

_WELL_KNOWN = frozenset({DEFAULT_UNIX_SOCKET.replace("http+unix", "unix"), DEFAULT_NPIPE, "unix:///run/docker.sock"})
_KINDS = {"unix": "a Unix socket", "npipe": "a named pipe", "ssh": "an SSH address"}
_SECONDS = 120  # for one answer; builds have a limit of their own


def connect() -> docker.DockerClient:
    """A client of the engine named by DOCKER_HOST, else by the current Docker context, else behind the default socket.

    Raises EngineNotFound where none answers, EngineRefused where it cannot build with BuildKit.
    """
    _known_context()
    try:
        client = docker.from_env(timeout=_SECONDS)
        client.ping()
    except DockerException as error:
        raise EngineNotFound(
            f"No Docker Engine answers at {address()} (by {chosen_by()}): {error}.",
            "start it, or let `python3 -m helpers run --yes` install and start one",
        ) from error
    _refuse_others(client)
    return client


def chosen_by() -> str:
    """What decides which engine is reached: "DOCKER_HOST", "context NAME" or "default socket"."""
    if os.environ.get("DOCKER_HOST"):
        return "DOCKER_HOST"
    name = _context_name()
    return "default socket" if name == "default" else f"context {name}"


def describe(client: docker.DockerClient) -> Engine:
    """The engine behind the client, in its own words. Its address is in the form that may be shown to others."""
    version, info = client.version(), client.info()
    return Engine(
        address=shareable(address()),
        version=version["Version"],
        storage=_storage(info),
        architecture=version["Arch"],
        api_version=version["ApiVersion"],
        system=info.get("OperatingSystem", ""),
        chosen_by=chosen_by(),
    )


def address() -> str:
    """Where the engine is reached: DOCKER_HOST, else what the current Docker context says, else the default socket."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    context = ContextAPI.get_context(_context_name())
    host = str(context.Host) if context and context.Host else DEFAULT_UNIX_SOCKET
    return host.replace("http+unix://", "unix://")


def shareable(address: str) -> str:
    """The address without names of users and hosts, user IDs, folders and credentials; a well-known one as it is."""
    if address in _WELL_KNOWN:
        return address
    return _KINDS.get(address.partition("://")[0], "a TCP address")


def _context_name() -> str:
    """As the SDK decides it: DOCKER_CONTEXT, else what `docker context use` wrote down."""
    return os.environ.get("DOCKER_CONTEXT") or get_current_context_name()


def _known_context() -> None:
    """The SDK takes the default socket for a context it does not know; the reader is told instead."""
    name = _context_name()
    if not os.environ.get("DOCKER_HOST") and ContextAPI.get_context(name) is None:
        raise EngineNotFound(
            f"The Docker context {name!r} does not exist.",
            "name another: `docker context ls` lists them, DOCKER_CONTEXT or `docker context use` chooses",
        )


def _storage(info: dict[str, Any]) -> str:
    containerd = any("io.containerd.snapshotter" in pair[1] for pair in info.get("DriverStatus") or [] if len(pair) > 1)
    return f"containerd ({info['Driver']})" if containerd else str(info["Driver"])


def _refuse_others(client: docker.DockerClient) -> None:
    version = client.version()
    components = " ".join(part.get("Name", "") for part in version.get("Components") or [])
    if "podman" in components.lower():
        raise EngineRefused(
            "This is Podman, which answers as a Docker Engine does but builds without BuildKit.",
            "point DOCKER_HOST or the Docker context to a Docker Engine",
        )
    if not control.has_buildkit(client):
        raise EngineRefused(
            f"This Docker Engine ({version.get('Version', 'of unknown version')}) does not build with BuildKit.",
            "update it: the course needs Docker Engine 20.10 or later",
        )
