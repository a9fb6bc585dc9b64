"""The build cache: list its records, and remove records by their IDs.

BuildKit's own service answers at `POST /grpc` (moby/buildkit `api/services/control/control.proto`; buildx's docker
driver asks there too). Unlike `GET /system/df` of engines before 23 it looks at the build cache alone, and locks nobody
else out. Where it is refused, as behind a proxy that knows only the documented API, that API is asked.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import docker
from docker.errors import APIError, DockerException
from google.protobuf.timestamp_pb2 import Timestamp
from grpclib.client import Channel, UnaryStreamMethod, UnaryUnaryMethod
from grpclib.exceptions import GRPCError, StreamTerminatedError

from buildkit_session._compat import ConnectedChannel
from buildkit_session._http import asked, upgraded
from buildkit_session._proto.control_pb2 import (
    DiskUsageRequest,
    DiskUsageResponse,
    ListWorkersRequest,
    ListWorkersResponse,
    PruneRequest,
    UsageRecord,
)
from buildkit_session._session import session

_SERVICE = "/moby.buildkit.v1.Control"
_SECONDS = 120  # for one answer: an engine measures records that it has not measured yet
_IDS = 200  # in one request of the documented API, which has them in its address
_TYPES_SINCE = (1, 42)  # the version of the API from which /system/df can be asked for the build cache alone

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
    """Whether this engine builds with BuildKit; nothing is built for it.

    Raises requests.RequestException where the engine does not answer at all.
    """
    try:
        return _either(lambda: bool(_ask(client, _workers).record), lambda: _takes_sessions(client))
    except DockerException:
        return False


def cache_records(client: docker.DockerClient) -> list[CacheRecord]:
    """Every record of the build cache.

    Raises docker.errors.DockerException, requests.RequestException or OSError where the engine cannot be asked.
    """
    return _either(
        lambda: [_record(usage) for usage in _ask(client, _disk_usage).record],
        lambda: [_record_of_http(record) for record in _disk_usage_over_http(client)],
    )


def prune(client: docker.DockerClient, ids: Iterable[str]) -> dict[str, int]:
    """Removes these records of the build cache, except what is in use or has others built on it: ID → bytes freed.

    Raises what `cache_records` raises.
    """
    named = list(ids)
    if not named:  # without a filter BuildKit would remove everything
        return {}
    filters = [f"id=={identity}" for identity in named]
    return _either(
        lambda: {usage.ID: usage.Size for usage in _ask(client, lambda channel: _prune(channel, filters))},
        lambda: _prune_over_http(client, named),
    )


def _either(grpc: Callable[[], Answer], http: Callable[[], Answer]) -> Answer:
    """The answer of BuildKit's own service; that of the documented API where the engine has no way to the service."""
    try:
        return grpc()
    except APIError:
        return http()


def _takes_sessions(client: docker.DockerClient) -> bool:
    with session(client, [], ""):
        return True


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
    return CacheRecord(
        id=usage.ID,
        type=usage.RecordType,
        description=usage.Description,
        parents=_parents(usage.Parents, usage.Parent),
        created=_nanoseconds(usage.CreatedAt),
        last_used=_nanoseconds(usage.LastUsedAt),
        in_use=usage.InUse,
        bytes=usage.Size,
    )


def _parents(several: Collection[str] | None, one: str | None) -> tuple[str, ...]:
    """Engines before 23 know one parent."""
    return tuple(several or ()) or ((one,) if one else ())


def _nanoseconds(time: Timestamp) -> int:
    """Go's zero time is before 1970."""
    return max(time.ToNanoseconds(), 0)


def _ask(client: docker.DockerClient, question: Callable[[Channel], Awaitable[Answer]]) -> Answer:
    """The answer to one question on a connection of its own.

    In a thread, since a notebook's kernel has an event loop that runs already.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="buildkit-control") as pool:
        return pool.submit(lambda: asyncio.run(_asked(client, question))).result()


async def _asked(client: docker.DockerClient, question: Callable[[Channel], Awaitable[Answer]]) -> Answer:
    with upgraded(client, "/grpc") as connection:
        channel = ConnectedChannel(connection)
        try:
            return await question(channel)
        except GRPCError as error:
            raise DockerException(f"BuildKit refused: {error.message or error.status.name}") from error
        except (StreamTerminatedError, AttributeError) as error:  # grpclib's, where the connection has ended already
            raise ConnectionResetError(f"BuildKit ended the connection: {error}") from error
        finally:
            channel.close()


def _disk_usage_over_http(client: docker.DockerClient) -> list[dict[str, Any]]:
    version = tuple(map(int, client.api.api_version.split(".")))
    params = {"type": "build-cache"} if version >= _TYPES_SINCE else {}
    with asked(client, "GET", "/system/df", params, timeout=_SECONDS) as response:
        records = response.json()["BuildCache"] or []
    # Engines from 23 on spell one name " Parents", with a space
    return [{name.strip(): value for name, value in record.items()} for record in records]


def _record_of_http(record: dict[str, Any]) -> CacheRecord:
    return CacheRecord(
        id=record["ID"],
        type=record["Type"],
        description=record["Description"],
        parents=_parents(record.get("Parents"), record.get("Parent")),
        created=_nanoseconds_of_text(record["CreatedAt"]),
        last_used=_nanoseconds_of_text(record.get("LastUsedAt")),
        in_use=record["InUse"],
        bytes=record["Size"],
    )


def _nanoseconds_of_text(time: str | None) -> int:
    """Of a time as Go writes it in JSON, whose zero is the year 1."""
    if not time or time.startswith("0001"):
        return 0
    parsed = Timestamp()
    parsed.FromJsonString(time)
    return parsed.ToNanoseconds()


def _prune_over_http(client: docker.DockerClient, ids: list[str]) -> dict[str, int]:
    """The documented API reports only the sum of what was freed, so the size of each record is read first."""
    sizes = {record["ID"]: record["Size"] for record in _disk_usage_over_http(client)}
    gone = [identity for some in _batches(ids) for identity in _pruned(client, some)]
    return {identity: sizes.get(identity, 0) for identity in gone}


def _batches(ids: list[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while batch := list(islice(rest, _IDS)):
        yield batch


def _pruned(client: docker.DockerClient, ids: list[str]) -> list[str]:
    """The IDs that went. Several values of a filter are refused by 20.10; its one value is a regular expression."""
    filters = {"id": [f"^({'|'.join(ids)})$"]}
    params = {"all": "1", "filters": json.dumps(filters)}
    with asked(client, "POST", "/build/prune", params, timeout=_SECONDS) as response:
        return response.json()["CachesDeleted"] or []
