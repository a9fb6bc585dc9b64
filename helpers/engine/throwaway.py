"""Containers that are always removed, however what was done with them ends."""

import contextlib
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import requests
from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from helpers.engine.failures import explained
from helpers.engine.limits import LOG, limited
from helpers.engine.names import LABEL, container_name
from helpers.engine.network import isolated
from helpers.records.errors import ContainerError
from helpers.records.printable import printable

LOG_LINES = 2000  # of a log, the last ones: a server's start and a few requests are far below
LOG_BYTES = 8_000_000  # of a log, the last ones; a server that writes megabytes a second has an end too
LOG_SECONDS = 60.0  # for the whole log to arrive
_PIECE = 1 << 16
_HEADER = struct.Struct(">BxxxL")  # before each frame of a log: which stream, how many bytes
_NOT_STARTED = (126, 127)  # what the engine notes, as a shell would, for a program that is no program or not there


@contextlib.contextmanager
def created(
    client: DockerClient, image: str, command: Sequence[str] | None = None, **options: Any
) -> Iterator[Container]:
    """A labelled container, created and not started, removed at the end. `options` are those of the SDK's create.

    Its log file is bounded.
    """
    name = container_name()
    words = None if command is None else list(command)
    settings: dict[str, Any] = {"log_config": LOG, "labels": {LABEL: "1"}, "detach": True} | options
    try:
        yield client.containers.create(image, words, name=name, **settings)
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

    The image's ENTRYPOINT stays, as with `docker run`. `timeout` is in seconds; `options` are those of the SDK's create
    and replace ours. Raises ContainerError at the limit.
    """
    settings = limited() | {"environment": dict(environment or {})} | options
    with explained():
        if "network_mode" not in settings:
            settings |= isolated(client).options
        return _output(client, image, command, timeout, settings)


def _output(
    client: DockerClient, image: str, command: Sequence[str], timeout: float, settings: dict[str, Any]
) -> tuple[int, str]:
    with created(client, image, command, **settings) as container:
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


def is_running(container: Container) -> bool:
    """Whether the container is alive, as the engine says now."""
    container.reload()
    return container.status == "running"


def log_of(container: Container, lines: int | Literal["all"] = LOG_LINES, most: int = LOG_BYTES) -> str:
    """The last lines of what the container wrote to both its streams, safe to print, of at most the last `most` bytes.

    Where bytes are missing, the text says so in its first line and begins with a whole line.
    """
    kept, cut, deadline = bytearray(), False, time.monotonic() + LOG_SECONDS
    for piece in _frames(_pieces(container, lines)):
        kept += piece
        if len(kept) > 2 * most:
            del kept[:-most]
            cut = True
        if time.monotonic() > deadline:
            cut = True
            break
    cut, shown = cut or len(kept) > most, kept[-most:]
    if cut:  # in what is left of a torn line, half a secret would not be recognised
        shown = shown.partition(b"\n")[2] or shown
    return (f"[cut: {len(shown):,} bytes of more]\n" if cut else "") + printable(shown.decode(errors="replace"))


def _pieces(container: Container, lines: int | Literal["all"]) -> Iterator[bytes]:
    """The engine's answer as it arrives. The SDK's own call reads all of it at once, or switches its time limit off."""
    api: Any = container.client.api if container.client else None
    params = {"stdout": 1, "stderr": 1, "follow": 0, "tail": lines}
    with api._get(api._url("/containers/{0}/logs", container.id), params=params, stream=True) as answer:
        api._raise_for_status(answer)
        yield from answer.iter_content(_PIECE)


def _frames(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What was written, without the headers that tell the streams apart; a torn frame at the end is left out.

    https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
    """
    rest = b""
    for piece in pieces:
        rest, begin = rest + piece, 0
        while (start := begin + _HEADER.size) <= len(rest):
            end = start + _HEADER.unpack_from(rest, begin)[1]
            if len(rest) < end:
                break
            yield rest[start:end]
            begin = end
        rest = rest[begin:]


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
