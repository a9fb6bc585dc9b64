"""Containers with limits that are always removed, however the work with them ends."""

import contextlib
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import requests
from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.types import LogConfig

from helpers.core.errors import ContainerError
from helpers.core.names import LABEL, container_name
from helpers.core.printable import printable
from helpers.engine.failures import explained
from helpers.engine.network import isolated

# `go run` in section 01 compiles as many packages in parallel as the machine has cores. Measured on two cores with that
# number set explicitly: 2 in parallel use 0.50 GB and 21 threads, 16 use 0.64 GB and 137, 64 use 0.72 GB and 686.
MEMORY = "2g"
HARDENED_MEMORY = "64m"
PROCESSES = 2048  # including threads
NO_NEW_PRIVILEGES = "no-new-privileges"
# Names the driver, because the engine's default driver may reject these options. Two files, because an engine that is
# configured to compress rotated logs rejects a single file.
LOG = LogConfig(type=LogConfig.types.JSON, config={"max-size": "8m", "max-file": "2"})


def limited(
    *, hardened: bool = False, memory: str | None = None, processes: int = PROCESSES, new_privileges: bool = False
) -> dict[str, Any]:
    """The options of the SDK's create that limit a container. CPU isn't limited, because it is measured.

    `hardened` drops all capabilities and makes the root file system read-only; otherwise Docker's defaults apply.
    https://docs.docker.com/engine/containers/resource_constraints/
    """
    most = memory or (HARDENED_MEMORY if hardened else MEMORY)
    options: dict[str, Any] = {"mem_limit": most, "memswap_limit": most, "pids_limit": processes}
    if hardened or not new_privileges:
        options["security_opt"] = [NO_NEW_PRIVILEGES]
    return options | ({"read_only": True, "cap_drop": ["ALL"]} if hardened else {})


def ours(client: DockerClient) -> dict[str, Any]:
    """The options of the SDK's create for a container of the course: its label, limits, log and network.

    The label is how `clean` finds containers that were left behind.
    """
    return {"labels": {LABEL: "1"}, "log_config": LOG, **limited(), **isolated(client).options}


def not_enforced(info: Mapping[str, Any]) -> str:
    """A note on limits that the engine can't enforce, by its `GET /info`, as with some rootless engines; "" if none."""
    names = {"MemoryLimit": "memory", "PidsLimit": "processes"}
    missing = [name for key, name in names.items() if info.get(key) is False]
    return f"this engine can't limit {' or '.join(missing)}" if missing else ""


LOG_LINES = 2000  # last lines of a log to keep; far more than a server's start and a few requests
LOG_BYTES = 8_000_000  # last bytes of a log to keep, for a server that writes megabytes a second
LOG_SECONDS = 60.0  # to download the whole log
_CHUNK = 1 << 16
_HEADER = struct.Struct(">BxxxL")  # header of each log frame: stream, number of bytes
_NOT_STARTED = (126, 127)  # the engine's statuses, as in a shell, for a program that isn't executable or doesn't exist


@contextlib.contextmanager
def created(
    client: DockerClient, image: str, command: Sequence[str] | None = None, **options: Any
) -> Iterator[Container]:
    """A labelled container with a limited log, created but not started; removed at the end of the block.

    `options` are those of the SDK's create.
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
    """Exit status and output (both streams) of a command in a new container; 126 or 127 if it can't start.

    The image's ENTRYPOINT applies, as with `docker run`. `timeout` is in seconds; `options` are those of the SDK's
    create and override ours. Raises ContainerError at the timeout.
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
                f"{' '.join(command)!r} did not finish within {timeout:g} s.\n{log_of(container)}".rstrip()
            )
        return status, log_of(container, "all")


def exit_status(container: Container, limit: float) -> int | None:
    """The container's exit status; None if it doesn't exit within `limit` seconds."""
    try:
        return int(container.wait(timeout=limit)["StatusCode"])
    except (requests.exceptions.Timeout, requests.exceptions.ConnectionError) as error:
        if "timed out" not in str(error).lower():
            raise
        return None


def is_running(container: Container) -> bool:
    """Whether the container is running now."""
    container.reload()
    return container.status == "running"


def log_of(container: Container, lines: int | Literal["all"] = LOG_LINES, most: int = LOG_BYTES) -> str:
    """The last lines of the container's log (both streams), at most the last `most` bytes, safe to print.

    If bytes were cut off, the first line says so, and the rest starts with a complete line.
    """
    kept, cut, deadline = bytearray(), False, time.monotonic() + LOG_SECONDS
    for chunk in _frames(_chunks(container, lines)):
        kept += chunk
        if len(kept) > 2 * most:
            del kept[:-most]
            cut = True
        if time.monotonic() > deadline:
            cut = True
            break
    cut, shown = cut or len(kept) > most, kept[-most:]
    if cut:  # drop the partial first line: half a secret in it would not be masked
        shown = shown.partition(b"\n")[2] or shown
    return (f"[truncated: the last {len(shown):,} bytes]\n" if cut else "") + printable(shown.decode(errors="replace"))


def _chunks(container: Container, lines: int | Literal["all"]) -> Iterator[bytes]:
    """The engine's response as it arrives. The SDK's own call reads all of it at once, or disables its timeout."""
    api: Any = container.client.api if container.client else None
    params = {"stdout": 1, "stderr": 1, "follow": 0, "tail": lines}
    with api._get(api._url("/containers/{0}/logs", container.id), params=params, stream=True) as response:
        api._raise_for_status(response)
        yield from response.iter_content(_CHUNK)


def _frames(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The content of the frames, without their headers; an incomplete frame at the end is dropped.

    https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
    """
    rest = b""
    for chunk in chunks:
        rest, offset = rest + chunk, 0
        while (start := offset + _HEADER.size) <= len(rest):
            end = start + _HEADER.unpack_from(rest, offset)[1]
            if len(rest) < end:
                break
            yield rest[start:end]
            offset = end
        rest = rest[offset:]


def _not_started(container: Container, error: APIError) -> tuple[int, str]:
    container.reload()
    status = int(container.attrs["State"]["ExitCode"])
    if status not in _NOT_STARTED:
        raise error
    return status, printable(str(error.explanation))


def _remove(client: DockerClient, name: str) -> None:
    """If the engine has stopped, its error is already being raised, and `clean` removes the container later."""
    with contextlib.suppress(NotFound, requests.exceptions.ConnectionError):
        client.api.remove_container(name, v=True, force=True)
