"""The engine's build cache, record by record: what is in it, and the removal of exactly those that are named."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from docker import DockerClient
from docker.utils import version_gte

from helpers.engine.failures import explained

_ONLY_THE_CACHE = "1.42"  # the API from which the engine need not count images and volumes too
_PER_REQUEST = 200  # names in one filter: it travels in the request's address


def cache_records(client: DockerClient) -> dict[str, int]:
    """Every record of the build cache: its ID and its size in bytes."""
    api: Any = client.api
    newer = version_gte(api._version, _ONLY_THE_CACHE)
    with explained():
        answer = api._result(
            api._get(api._url("/system/df"), params={"type": "build-cache", "verbose": "1"} if newer else None),
            json=True,
        )
    return parse(answer)


def parse(answer: dict[str, Any]) -> dict[str, int]:
    """The records in an answer of `GET /system/df`; from API 1.52 on they stand under BuildCacheUsage."""
    records = answer.get("BuildCache") or (answer.get("BuildCacheUsage") or {}).get("Items") or []
    return {record["ID"]: record["Size"] for record in records}


def remove_cache_records(client: DockerClient, ids: Iterable[str]) -> int:
    """Removes those records, except what others still stand on; the bytes that this freed."""
    api: Any = client.api
    freed = 0
    with explained():
        for some in _groups(sorted(ids)):
            answer = api._post(api._url("/build/prune"), params={"all": "1", "filters": filters(some)})
            freed += api._result(answer, json=True)["SpaceReclaimed"]
    return freed


def filters(ids: Iterable[str]) -> str:
    """The filter for exactly these records.

    The engine takes one value, and matches it as a regular expression that may stand anywhere in the ID (moby:
    builder-next, toBuildkitPruneInfo). So the names go into one expression, tied to both ends, and quoted for
    containerd's filter syntax.
    """
    return json.dumps({"id": [f'"^({"|".join(ids)})$"']})


def _groups(ids: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), _PER_REQUEST):
        yield ids[first : first + _PER_REQUEST]
