"""What our builds leave in the engine's build cache: noted as it is made, removed by its IDs at the end.

A cold build takes nothing from the cache and still adds to it, some hundred megabytes each time. The note is on disk,
so that what a killed kernel left behind is found by the next run or by `clean`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache

import docker

from helpers.engine.build_cache import cache_records, remove_cache_records
from helpers.experiment.store import Store
from helpers.records.errors import EngineError


@contextmanager
def recording(client: docker.DockerClient) -> Iterator[None]:
    """Notes the cache records that come into being inside the block, however it ends."""
    before = cache_records(client)
    try:
        yield
    finally:
        with suppress(EngineError):  # what went wrong inside is what the reader must hear of
            Store().add_cache_records(_engine(client), cache_records(client).keys() - before.keys())


def sweep(client: docker.DockerClient, store: Store | None = None) -> int:
    """Removes the noted cache records; the bytes that this freed. The reader's own stay."""
    store, engine = store or Store(), _engine(client)
    left = cache_records(client)
    ours = [identity for identity in store.cache_records(engine) if identity in left]
    remove_cache_records(client, ours)
    store.forget_cache_records(engine)
    return sum(left[identity] for identity in ours)


def adopt(leaving: Store) -> None:
    """Takes over what a store has noted that is about to go."""
    for engine in leaving.engines():
        Store().add_cache_records(engine, leaving.cache_records(engine))


def noted(client: docker.DockerClient) -> list[str]:
    """The IDs of what builds of ours left on this engine."""
    return Store().cache_records(_engine(client))


@lru_cache
def _engine(client: docker.DockerClient) -> str:
    """The engine's own identity: records of one mean nothing to another."""
    return str(client.info()["ID"])
