"""The engine's build cache, record by record: what is in it, and the removal of exactly those that are named."""

from collections.abc import Collection, Iterable, Mapping

import buildkit_session
from buildkit_session import CacheRecord
from docker import DockerClient
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from helpers.engine.failures import explained

__all__ = ["CacheRecord", "cache_records", "free_to_go", "remove_cache_records", "settled_records"]

_SETTLING_SECONDS = 1.0  # in which an engine gives back what a build held


def cache_records(client: DockerClient) -> dict[str, CacheRecord]:
    """Every record of the build cache, by its ID.

    Raises EngineError.
    """
    with explained():
        return {record.id: record for record in buildkit_session.cache_records(client)}


def settled_records(client: DockerClient, since: int) -> dict[str, CacheRecord]:
    """The same, once nothing is in use that was created since then (nanoseconds of the engine's clock).

    For some tens of milliseconds after a build its last records are held, may yet take another ID, and do not tell when
    they were last used. Other people's builds hold theirs for longer: this waits a second at most.
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
    """Those of the records that an engine would remove now: not in use, and nothing but each other is built on them."""
    left = {each for each in ids if each in records and not records[each].in_use}
    while held := left & {parent for record in records.values() if record.id not in left for parent in record.parents}:
        left -= held
    return left


def remove_cache_records(client: DockerClient, ids: Iterable[str]) -> int:
    """Removes those records, except what is in use or has others built on it; the bytes that this freed.

    Raises EngineError.
    """
    left, freed = set(ids), 0
    with explained():
        # A record can go once those that were built on it have gone
        while gone := buildkit_session.prune(client, left):
            freed += sum(gone.values())
            left -= gone.keys()
    return freed
