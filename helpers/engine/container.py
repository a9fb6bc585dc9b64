"""One container from start to exit: start it, wait for it, inspect it, stop it, remove it."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from docker import DockerClient
from docker.models.containers import Container

from helpers.core.records.run import Health, Progress, Run
from helpers.engine import recording
from helpers.engine.diagnosis import exited_error, unhealthy_error
from helpers.engine.ephemeral import PROCESSES, created, is_running, limited, log_of, not_enforced, output
from helpers.engine.failures import explained
from helpers.engine.graceful_stop import stop
from helpers.engine.health import OFTEN, Waiting, verdict_of
from helpers.engine.http_client import publishing_address
from helpers.engine.network import isolated
from helpers.engine.procfs import memory_of, process_of
from helpers.engine.reach import DirectProbe, HelperProbe, helper_probe

__all__ = ["output", "run"]

OnProgress = Callable[[Progress], None]
LOG_EVERY_SECONDS = 1.0
_SHOWN_BYTES = 10_000  # of the last log line, shown as progress


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
    memory: str | None = None,
    processes: int = PROCESSES,
    new_privileges: bool = False,
    helper: bool = False,
    on_progress: OnProgress | None = None,
) -> Run:
    """Runs one container of the image until its first 200; optionally records its process, memory and shutdown.

    `timeout` is in seconds. The container may use `memory` ("2g"; None: the course's limit) and this many `processes`,
    and gains no new privileges unless `new_privileges`. It has Docker's default capabilities.
    `hardened`: read-only root file system, no capabilities, 64 MB.
    `healthcheck`: waits for the engine's verdict by the image's own HEALTHCHECK.
    `helper`: publishes no port and sends requests from a helper container, as for a remote engine.
    Raises ContainerExited, NeverHealthy, EngineStopped, and ContainerError if it can't start.
    """
    options = limited(hardened=hardened, memory=memory, processes=processes, new_privileges=new_privileges)
    options |= {"environment": dict(environment or {})} | (OFTEN if healthcheck else {})
    with contextlib.ExitStack() as stack:
        stack.enter_context(explained())
        network = isolated(client)
        address = None if helper else publishing_address(client)
        probe: DirectProbe | HelperProbe = (
            DirectProbe(port, address, network.options)
            if address
            else stack.enter_context(helper_probe(client, port, path, slow_path, timeout, network.options))
        )
        container = stack.enter_context(created(client, image, command, **options, **probe.options))
        waiting = probe.start(container, path, timeout)
        health = _healthy(client, container, waiting, port, _Watch(container, path, waiting, on_progress))
        used = memory_of(client, container) if process else None  # before any further request
        found = process_of(client, container) if process else None
        verdict = verdict_of(container) if healthcheck else None
        send = partial(probe.send, slow_path) if slow_path else None
        stopped = stop(container, send) if shutdown else None
        notes = tuple(filter(None, (probe.note, network.note, not_enforced(client.info()))))
        now = recording.now().isoformat(timespec="seconds")
        return Run(health, log_of(container), found, stopped, used, verdict, notes, now)


class _Watch:
    """Called during the wait: reports progress with the last log line; returns whether the container is alive."""

    def __init__(self, container: Container, path: str, waiting: Waiting, on_progress: OnProgress | None) -> None:
        self._container, self._path, self._waiting, self._on_progress = container, path, waiting, on_progress
        self._next_log, self._last = 0.0, ""

    def __call__(self, elapsed: float) -> bool:
        what = self._what()
        if self._on_progress and (elapsed >= self._next_log or what != self._last):
            self._next_log, self._last = elapsed + LOG_EVERY_SECONDS, what
            self._on_progress(Progress(what, detail=log_of(self._container, 1, _SHOWN_BYTES).strip()))
        return is_running(self._container)

    def _what(self) -> str:
        """The path waited for, and the server's last response other than 200."""
        response = f", which responds with {self._waiting.last}" if self._waiting.answers else ""
        return f"waiting for {self._path}{response}"


def _healthy(client: DockerClient, container: Container, waiting: Waiting, port: int, watch: _Watch) -> Health:
    health = waiting.until_healthy(watch)
    if health:
        return health
    if not is_running(container):
        raise exited_error(container, waiting.url)
    raise unhealthy_error(client, container, waiting, port)
