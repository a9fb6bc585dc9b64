"""Containers that are always removed, however what was done with them ends."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import requests
from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from helpers.engine.failures import explained
from helpers.engine.names import LABEL, container_name
from helpers.records.errors import ContainerError
from helpers.records.printable import printable

LOG_LINES = 2000  # of a log, the last ones: a server's start and a few requests are far below
_NOT_STARTED = (126, 127)  # what the engine notes, as a shell would, for a program that is no program or not there


@contextlib.contextmanager
def created(
    client: DockerClient, image: str, command: Sequence[str] | None = None, **options: Any
) -> Iterator[Container]:
    """A labelled container, created and not started, removed at the end. `options` are those of the SDK's create."""
    name = container_name()
    words = None if command is None else list(command)
    try:
        yield client.containers.create(image, words, name=name, labels={LABEL: "1"}, detach=True, **options)
    finally:
        _remove(client, name)


def output(
    client: DockerClient,
    image: str,
    command: Sequence[str],
    *,
    timeout: float = 60,
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> tuple[int, str]:
    """Exit status and output (both streams) of a command in a container of its own; 126 or 127 where it cannot start.

    The image's ENTRYPOINT stays, as with `docker run`. `timeout` is in seconds. Raises ContainerError at the limit.
    """
    with explained(), created(client, image, command, environment=dict(environment or {}), **options) as container:
        try:
            container.start()
        except APIError as error:
            return _not_started(container, error)
        status = exit_status(container, timeout)
        if status is None:
            raise ContainerError(
                f"{' '.join(command)!r} did not end within {timeout:g} s.\n{log_of(container)}".rstrip()
            )
        return status, log_of(container, "all")


def exit_status(container: Container, limit: float) -> int | None:
    """The status with which the container ends within `limit` seconds; None where it does not."""
    try:
        return int(container.wait(timeout=limit)["StatusCode"])
    except (requests.exceptions.Timeout, requests.exceptions.ConnectionError) as error:
        if "timed out" not in str(error).lower():
            raise
        return None


def log_of(container: Container, lines: int | Literal["all"] = LOG_LINES) -> str:
    """The last lines of what the container wrote to both its streams, safe to print."""
    return printable(container.logs(tail=lines).decode(errors="replace"))


def _not_started(container: Container, error: APIError) -> tuple[int, str]:
    container.reload()
    status = int(container.attrs["State"]["ExitCode"])
    if status not in _NOT_STARTED:
        raise error
    return status, printable(str(error.explanation))


def _remove(client: DockerClient, name: str) -> None:
    """An engine that is gone keeps its containers: the error that is under way says so, and `clean` finds them."""
    with contextlib.suppress(NotFound, requests.exceptions.ConnectionError):
        client.api.remove_container(name, v=True, force=True)
