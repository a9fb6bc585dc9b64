"""The engine's build cache, record by record: what is in it, and the removal of exactly those that are named."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, cast

from docker import DockerClient
from docker.utils import version_gte
from tenacity import (
    RetryCallState,
    retry,
    retry_if_exception_message,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
)

from helpers.engine.failures import explained

_ONLY_THE_CACHE = "1.42"  # the API from which the engine need not count images and volumes too
_BUSY = ".*disk usage operation is already running.*"  # engines before 23 count for one at a time, and refuse the next
_PATIENCE_SECONDS = 120
_SETTLING_SECONDS = 1  # after a build; a build of somebody else may hold its records for longer
_PER_REQUEST = 5000  # names in one filter, which travels in the request's address: Go's servers take a megabyte of it
# Of 25 random digits in base 36 (BuildKit: identity.NewID) these are enough to mean one record, also beside one that is
# made meanwhile, and an expression of them is compiled in a quarter of the time.
_PREFIX = 8


def cache_records(client: DockerClient) -> dict[str, int]:
    """Every record of the build cache: its ID and its size in bytes."""
    return {record["ID"]: record["Size"] for record in _records(client)}


def _records(client: DockerClient) -> list[dict[str, Any]]:
    newer = version_gte(client.api.api_version, _ONLY_THE_CACHE)
    with explained():
        return _at_rest(client, {"type": "build-cache", "verbose": "1"} if newer else None)


def _last(state: RetryCallState) -> list[dict[str, Any]]:
    assert state.outcome
    return cast(list[dict[str, Any]], state.outcome.result())


@retry(
    retry=retry_if_result(lambda records: any(record["InUse"] for record in records)),
    wait=wait_fixed(0.02),
    stop=stop_after_delay(_SETTLING_SECONDS),
    retry_error_callback=_last,
)
def _at_rest(client: DockerClient, params: dict[str, str] | None) -> list[dict[str, Any]]:
    """The records when no build holds any: a moment after its end one that is still held may take another ID."""
    return parse(_disk_usage(client, params))


@retry(
    retry=retry_if_exception_message(match=_BUSY),
    wait=wait_fixed(0.1),
    stop=stop_after_delay(_PATIENCE_SECONDS),
    reraise=True,
)
def _disk_usage(client: DockerClient, params: dict[str, str] | None) -> dict[str, Any]:
    api: Any = client.api
    answer: dict[str, Any] = api._result(api._get(api._url("/system/df"), params=params), json=True)
    return answer


def parse(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The records in an answer of `GET /system/df`; from API 1.52 on they stand under BuildCacheUsage."""
    return answer.get("BuildCache") or (answer.get("BuildCacheUsage") or {}).get("Items") or []


def remove_cache_records(client: DockerClient, ids: Iterable[str]) -> int:
    """Removes those records, except what others still stand on; the bytes that this freed."""
    left, freed = set(ids), 0
    with explained():
        while left:
            records = _records(client)
            left &= {record["ID"] for record in records}
            answers = _round(client, left, records)
            gone = {identity for answer in answers for identity in answer["CachesDeleted"] or ()}
            if not gone:
                break
            freed += sum(answer["SpaceReclaimed"] for answer in answers)
            left -= gone
    return freed


def _round(client: DockerClient, ids: set[str], records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Asks for those that no record stands on, as far as the records tell, and for all where none of these went.

    The engine looks at all its records for each generation of those that are named, and compiles the expression anew
    for every one: names that cannot go yet are the dearest part of a request.
    """
    for some in (ids - _parents(records), ids):
        names = prefixes(some, [record["ID"] for record in records])
        answers = [_prune(client, group) for group in _groups(names)]
        if any(answer["CachesDeleted"] for answer in answers):
            return answers
    return []


def _parents(records: Sequence[dict[str, Any]]) -> set[str]:
    """The IDs that other records name as theirs: engines before 23 name one, later ones all."""
    return {parent for record in records for parent in (record.get("Parents") or [record.get("Parent")]) if parent}


def prefixes(ids: Collection[str], all_ids: Iterable[str]) -> list[str]:
    """The beginnings of these IDs where no other ID begins like any of them, else the IDs themselves."""
    short = {identity[:_PREFIX] for identity in ids}
    others = (identity for identity in all_ids if identity not in ids)
    return sorted(ids if any(other[:_PREFIX] in short for other in others) else short)


def filters(beginnings: Iterable[str]) -> str:
    """The filter for exactly the records whose IDs begin so.

    The engine takes one value, and matches it as a regular expression that may stand anywhere in the ID (moby:
    builder-next, toBuildkitPruneInfo). So the names go into one expression, tied to the beginning, and quoted for
    containerd's filter syntax.
    """
    return json.dumps({"id": [f'"^({"|".join(beginnings)})"']})


def _prune(client: DockerClient, ids: Iterable[str]) -> dict[str, Any]:
    api: Any = client.api
    answer: dict[str, Any] = api._result(
        api._post(api._url("/build/prune"), params={"all": "1", "filters": filters(ids)}), json=True
    )
    return answer


def _groups(ids: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), _PER_REQUEST):
        yield ids[first : first + _PER_REQUEST]
