"""One container from start to exit: started, waited for, looked at, ended, removed."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from docker import DockerClient
from docker.models.containers import Container

from helpers.engine.address import publishing_address
from helpers.engine.beside import Beside, beside
from helpers.engine.diagnosis import has_exited, never_healthy
from helpers.engine.direct import Direct
from helpers.engine.failures import explained
from helpers.engine.health import Waiting
from helpers.engine.healthcheck import OFTEN, verdict_of
from helpers.engine.limits import PROCESSES, limited, not_enforced
from helpers.engine.memory_use import memory_of
from helpers.engine.network import isolated
from helpers.engine.outside import process_of
from helpers.engine.shutdown import stop
from helpers.engine.throwaway import created, is_running, log_of, output
from helpers.records.progress import Progress
from helpers.records.run import Health, Run

__all__ = ["output", "run"]

OnProgress = Callable[[Progress], None]
LOG_EVERY_SECONDS = 1.0
_SHOWN_BYTES = 10_000  # of a log's last line


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
    """What one container of the image did: the first 200; on request its process and memory, how it ends on SIGTERM.

    `timeout` in seconds. It may use `memory` ("2g"; None: the course's limit) and so many `processes`, and gains no new
    privileges. Its capabilities are Docker's default. `hardened`: read-only root, no capabilities, 64 MB.
    `healthcheck`: waits for the engine's verdict by the image's own HEALTHCHECK.
    `helper`: publishes no port, and asks from a container beside it, as is done for an engine elsewhere.
    Raises ContainerExited, NeverHealthy, ContainerError where it cannot start, EngineStopped.
    """
    options = limited(hardened=hardened, memory=memory, processes=processes, new_privileges=new_privileges)
    options |= {"environment": dict(environment or {})} | (OFTEN if healthcheck else {})
    with contextlib.ExitStack() as stack:
        stack.enter_context(explained())
        network = isolated(client)
        where = None if helper else publishing_address(client)
        door: Direct | Beside = (
            Direct(port, where, network.options)
            if where
            else stack.enter_context(beside(client, port, path, slow_path, timeout, network.options))
        )
        container = stack.enter_context(created(client, image, command, **options, **door.options))
        waiting = door.start(container, path, timeout)
        health = _healthy(client, container, waiting, port, _Watch(container, path, waiting, on_progress))
        held = memory_of(client, container) if process else None  # before anything else is asked of it
        seen = process_of(client, container) if process else None
        verdict = verdict_of(container) if healthcheck else None
        send = partial(door.send, slow_path) if slow_path else None
        ended = stop(container, send) if shutdown else None
        notes = tuple(filter(None, (door.note, network.note, not_enforced(client.info()))))
        return Run(health, log_of(container), seen, ended, held, verdict, notes)


class _Watch:
    """Looks at the container while its answer is awaited: is it alive, and what does it say."""

    def __init__(self, container: Container, path: str, waiting: Waiting, on_progress: OnProgress | None) -> None:
        self._container, self._path, self._waiting, self._on_progress = container, path, waiting, on_progress
        self._next_log, self._said = 0.0, ""

    def __call__(self, elapsed: float) -> bool:
        what = self._what()
        if self._on_progress and (elapsed >= self._next_log or what != self._said):
            self._next_log, self._said = elapsed + LOG_EVERY_SECONDS, what
            self._on_progress(Progress(what, detail=log_of(self._container, 1, _SHOWN_BYTES).strip()))
        return is_running(self._container)

    def _what(self) -> str:
        """What is awaited, and what the server answers meanwhile."""
        answered = f", which answers {self._waiting.last}" if self._waiting.answers else ""
        return f"waiting for {self._path}{answered}"


def _healthy(client: DockerClient, container: Container, waiting: Waiting, port: int, watch: _Watch) -> Health:
    health = waiting.until_healthy(watch)
    if health:
        return health
    if not is_running(container):
        raise has_exited(container, waiting.url)
    raise never_healthy(client, container, waiting, port)
