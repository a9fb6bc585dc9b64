"""BuildKit's own service on the engine: what is in the build cache, and the removal of records of it by their IDs.

The Engine opens it at `POST /grpc` (moby/buildkit `api/services/control/control.proto`; buildx's docker driver goes the
same way). Unlike `GET /system/df` of engines before 23 it looks at the build cache alone, and locks nobody else out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

import docker
import requests
from docker.errors import DockerException
from google.protobuf.timestamp_pb2 import Timestamp
from grpclib.client import Channel, UnaryStreamMethod, UnaryUnaryMethod
from grpclib.exceptions import GRPCError, StreamTerminatedError
from grpclib.protocol import H2Protocol

from helpers.engine.buildkit.proto.control_pb2 import (
    DiskUsageRequest,
    DiskUsageResponse,
    ListWorkersRequest,
    ListWorkersResponse,
    PruneRequest,
    UsageRecord,
)
from helpers.engine.buildkit.upgrade import plain_socket, upgraded, with_head

_SERVICE = "/moby.buildkit.v1.Control"
_SECONDS = 120  # for one answer: an engine measures records that it has not measured yet

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class CacheRecord:
    """One record of the build cache. Times are the engine's clock in nanoseconds since 1970; 0 is never."""

    id: str
    type: str  # "regular" | "exec.cachemount" | "source.local" | "source.git.checkout" | "frontend" | "internal"
    description: str
    parents: tuple[str, ...]
    created: int
    last_used: int
    in_use: bool
    bytes: int


def has_buildkit(client: docker.DockerClient) -> bool:
    """Whether BuildKit answers behind this engine's API; nothing is built for it.

    Raises requests.RequestException where the engine does not answer at all.
    """
    try:
        return bool(_ask(client, _workers).record)
    except DockerException:
        return False


def cache_records(client: docker.DockerClient) -> list[CacheRecord]:
    """Every record of the build cache.

    Raises docker.errors.DockerException, requests.RequestException or OSError where the engine cannot be asked.
    """
    return [_record(usage) for usage in _ask(client, _disk_usage).record]


def prune(client: docker.DockerClient, ids: Iterable[str]) -> dict[str, int]:
    """Removes these records of the build cache, except what is in use or has others built on it: ID → bytes freed.

    Raises what `cache_records` raises.
    """
    wanted = [f"id=={identity}" for identity in ids]
    if not wanted:  # without a filter BuildKit would remove everything
        return {}
    return {usage.ID: usage.Size for usage in _ask(client, lambda channel: _prune(channel, wanted))}


async def _workers(channel: Channel) -> ListWorkersResponse:
    method = UnaryUnaryMethod(channel, f"{_SERVICE}/ListWorkers", ListWorkersRequest, ListWorkersResponse)
    return await method(ListWorkersRequest(), timeout=_SECONDS)


async def _disk_usage(channel: Channel) -> DiskUsageResponse:
    method = UnaryUnaryMethod(channel, f"{_SERVICE}/DiskUsage", DiskUsageRequest, DiskUsageResponse)
    return await method(DiskUsageRequest(), timeout=_SECONDS)


async def _prune(channel: Channel, filters: list[str]) -> list[UsageRecord]:
    method = UnaryStreamMethod(channel, f"{_SERVICE}/Prune", PruneRequest, UsageRecord)
    return await method(PruneRequest(filter=filters, all=True), timeout=_SECONDS)


def _record(usage: UsageRecord) -> CacheRecord:
    parents = tuple(usage.Parents) or ((usage.Parent,) if usage.Parent else ())  # engines before 23 know one parent
    return CacheRecord(
        id=usage.ID,
        type=usage.RecordType,
        description=usage.Description,
        parents=parents,
        created=_nanoseconds(usage.CreatedAt),
        last_used=_nanoseconds(usage.LastUsedAt),
        in_use=usage.InUse,
        bytes=usage.Size,
    )


def _nanoseconds(time: Timestamp) -> int:
    """Go's zero time is before 1970."""
    return max(time.ToNanoseconds(), 0)


class _Upgraded(Channel):
    """A channel over a connection that exists already."""

    def __init__(self, client: docker.DockerClient, response: requests.Response) -> None:
        super().__init__()
        self._socket, self._received = plain_socket(client, response)

    async def _create_connection(self) -> H2Protocol:
        _, protocol = await asyncio.get_running_loop().create_connection(
            lambda: with_head(self._protocol_factory(), self._received), sock=self._socket
        )
        made: H2Protocol = protocol
        return made


def _ask(client: docker.DockerClient, question: Callable[[Channel], Awaitable[Answer]]) -> Answer:
    """The answer to one question on a connection of its own.

    In a thread, since a notebook's kernel has an event loop that runs already.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="buildkit-control") as pool:
        return pool.submit(lambda: asyncio.run(_asked(client, question))).result()


async def _asked(client: docker.DockerClient, question: Callable[[Channel], Awaitable[Answer]]) -> Answer:
    with closing(upgraded(client, "/grpc")) as response:
        channel = _Upgraded(client, response)
        try:
            return await question(channel)
        except GRPCError as error:
            raise DockerException(f"BuildKit refused: {error.message or error.status.name}") from error
        except StreamTerminatedError as error:
            raise ConnectionResetError(f"BuildKit ended the connection: {error}") from error
        finally:
            channel.close()
