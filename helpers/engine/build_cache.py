"""The records of the engine's build cache: list them, and remove exactly those named."""

from collections.abc import Collection, Iterable, Mapping

import buildkit_session
from buildkit_session import CacheRecord
from docker import DockerClient
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from helpers.engine.failures import explained
from helpers.engine.recording import through

__all__ = ["CacheRecord", "cache_records", "free_to_go", "remove_cache_records", "settled_records"]

_SETTLING_SECONDS = 1.0  # within which an engine releases the records of a finished build


def cache_records(client: DockerClient) -> dict[str, CacheRecord]:
    """Every record of the build cache, by ID. Raises EngineError."""
    with explained():
        listed = through("cache", "records", lambda: buildkit_session.cache_records(client), list[CacheRecord])
    return {record.id: record for record in listed}


def settled_records(client: DockerClient, since: int) -> dict[str, CacheRecord]:
    """Every record, once none created since `since` (nanoseconds, engine's clock) is in use; waits a second at most.

    For some tens of milliseconds after a build, its last records are still in use, may get another ID, and have no
    last-used time. The records of other builds may stay in use for longer, hence the limit.
    """
    held = retry_if_result(lambda records: any(each.in_use and each.created >= since for each in records.values()))
    asking = Retrying(
        retry=held,
        wait=wait_fixed(0.02),
        stop=stop_after_delay(_SETTLING_SECONDS),
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )
    records: dict[str, CacheRecord] = asking(cache_records, client)
    return records


def free_to_go(ids: Collection[str], records: Mapping[str, CacheRecord]) -> set[str]:
    """The IDs that an engine could remove now: not in use, and parents only of records that would go with them."""
    left = {each for each in ids if each in records and not records[each].in_use}
    while held := left & {parent for record in records.values() if record.id not in left for parent in record.parents}:
        left -= held
    return left


def remove_cache_records(client: DockerClient, ids: Iterable[str]) -> int:
    """Removes those records, except any in use or with other children; returns the bytes freed. Raises EngineError."""
    left, freed = set(ids), 0
    with explained():
        while gone := buildkit_session.prune(client, left):  # a record can be removed once its children are gone
            freed += sum(gone.values())
            left -= gone.keys()
    return freed
