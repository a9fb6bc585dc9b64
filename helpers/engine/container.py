"""One container from start to exit: started, waited for, looked at, ended, removed."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from docker import DockerClient
from docker.models.containers import Container

from helpers.engine.address import publishing_address
from helpers.engine.diagnosis import has_exited, never_healthy
from helpers.engine.failures import explained
from helpers.engine.health import Waiting
from helpers.engine.healthcheck import OFTEN, verdict_of
from helpers.engine.memory_use import memory_of
from helpers.engine.outside import process_of
from helpers.engine.shutdown import stop
from helpers.engine.throwaway import created, log_of, output
from helpers.records.errors import ContainerError
from helpers.records.progress import Progress
from helpers.records.run import Health, Run

__all__ = ["output", "run"]

OnProgress = Callable[[Progress], None]
LOG_EVERY_SECONDS = 1.0
HARDENED: dict[str, Any] = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "mem_limit": "64m",
}


def run(
    client: DockerClient,
    image: str,
    *,
    port: int = 8080,
    path: str = "/health",
    timeout: float = 120.0,
    environment: Mapping[str, str] | None = None,
    shutdown: bool = False,
    process: bool = False,
    slow_path: str | None = None,
    hardened: bool = False,
    healthcheck: bool = False,
    command: Sequence[str] | None = None,
    on_progress: OnProgress | None = None,
) -> Run:
    """What one container of the image did: the first 200; on request its process and memory, how it ends on SIGTERM.

    `timeout` in seconds. `hardened`: read-only root, no capabilities, no new privileges, 64 MB.
    `healthcheck`: waits for the engine's verdict by the image's own HEALTHCHECK.
    Raises ContainerExited, NeverHealthy, ContainerError where it cannot start, EngineStopped.
    """
    where = publishing_address(client)
    options = {"environment": dict(environment or {}), "ports": {f"{port}/tcp": (where,)}} | (
        HARDENED if hardened else {}
    )
    options |= OFTEN if healthcheck else {}
    with explained(), created(client, image, command, **options) as container:
        began = time.monotonic()
        container.start()
        address = _address(container, port, where, path)
        waiting = Waiting(address + path, timeout, began)
        health = _healthy(client, container, waiting, port, _Watch(container, path, on_progress))
        memory = memory_of(client, container) if process else None  # before anything else is asked of it
        seen = process_of(client, container) if process else None
        verdict = verdict_of(container) if healthcheck else None
        ended = stop(container, address + slow_path if slow_path else None) if shutdown else None
        return Run(health, log_of(container), seen, ended, memory, verdict)


class _Watch:
    """Looks at the container while its answer is awaited: is it alive, and what does it say."""

    def __init__(self, container: Container, path: str, on_progress: OnProgress | None) -> None:
        self._container, self._path, self._on_progress = container, path, on_progress
        self._next_log = 0.0

    def __call__(self, elapsed: float) -> bool:
        if self._on_progress and elapsed >= self._next_log:
            self._next_log = elapsed + LOG_EVERY_SECONDS
            self._on_progress(Progress(f"waiting for {self._path}", detail=log_of(self._container, 1).strip()))
        return is_running(self._container)


def is_running(container: Container) -> bool:
    """Whether the container is alive, as the engine says now."""
    container.reload()
    return container.status == "running"


def _address(container: Container, port: int, where: str, path: str) -> str:
    if not is_running(container):
        raise has_exited(container, path)
    published = container.attrs["NetworkSettings"]["Ports"].get(f"{port}/tcp")
    if not published:
        raise ContainerError(f"The engine published no port for {port}.", "Does it run without a bridge network?")
    return f"http://{where}:{published[0]['HostPort']}"


def _healthy(client: DockerClient, container: Container, waiting: Waiting, port: int, watch: _Watch) -> Health:
    health = waiting.until_healthy(watch)
    if health:
        return health
    if not is_running(container):
        raise has_exited(container, waiting.url)
    raise never_healthy(client, container, waiting, port)
