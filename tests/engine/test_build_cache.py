"""Listing and removing records of the build cache."""

import uuid
from pathlib import Path

import buildkit_session
import docker
import pytest
from buildkit_session import build, has_buildkit

from helpers.core.errors import EngineStopped
from helpers.engine.build_cache import CacheRecord, cache_records, free_to_go, remove_cache_records, settled_records
from tests.fixtures.engines import OwnEngine


def record(identity: str, *parents: str, in_use: bool = False, created: int = 0) -> CacheRecord:
    return CacheRecord(identity, "regular", "fileop target", parents, created, 0, in_use, 0)


def by_id(*records: CacheRecord) -> dict[str, CacheRecord]:
    return {each.id: each for each in records}


def test_parents_of_other_records_cannot_go() -> None:
    records = by_id(record("base"), record("ours", "base"), record("others", "base"), record("leaf", "ours"))
    assert free_to_go({"base", "ours", "leaf"}, records) == {"ours", "leaf"}


def test_a_record_in_use_keeps_its_parents() -> None:
    records = by_id(record("base"), record("middle", "base"), record("leaf", "middle", in_use=True))
    assert free_to_go({"base", "middle", "leaf"}, records) == set()


def test_missing_records_cannot_go() -> None:
    assert free_to_go({"gone"}, {}) == set()


def test_an_empty_list_removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """For BuildKit, a request without a filter means all records."""
    client = docker.DockerClient("unix:///nowhere/docker.sock", version="1.41")
    assert remove_cache_records(client, []) == 0


@pytest.mark.parametrize("created", [100, 300])
def test_records_still_in_use_are_waited_for(monkeypatch: pytest.MonkeyPatch, created: int) -> None:
    """As 20.10 responds some tens of milliseconds after a build: a record gets its final ID when it is released."""
    answers = [[record("passing", in_use=True, created=created)], [record("stays", created=created)]]
    monkeypatch.setattr(
        buildkit_session, "cache_records", lambda client: answers.pop(0) if len(answers) > 1 else answers[0]
    )
    found = settled_records(docker.DockerClient("unix:///nowhere/docker.sock", version="1.41"), since=200)
    assert found.keys() == ({"stays"} if created >= 200 else {"passing"})


def chain(own_engine: OwnEngine, folder: Path, steps: int) -> set[str]:
    """Builds a stage with this many instructions, and an image; returns the IDs of the new cache records."""
    before = cache_records(own_engine.client)
    folder = folder / uuid.uuid4().hex  # a known context would keep its record, under a new ID
    folder.mkdir()
    for number in range(steps):
        (folder / str(number)).write_bytes(uuid.uuid4().bytes * 100)
    dockerfile = "FROM scratch AS other\n" + "".join(f"COPY {number} /{number}\n" for number in range(steps))
    result = build(own_engine.client, folder, dockerfile + "FROM scratch\nCOPY --from=other / /\n")
    assert result.image_id, result.error
    return settled_records(own_engine.client, 0).keys() - before.keys()


@pytest.mark.engine
def test_exactly_the_named_records_are_removed(own_engine: OwnEngine, tmp_path: Path) -> None:
    others = chain(own_engine, tmp_path, 3)
    ours = chain(own_engine, tmp_path, 4)
    assert len(ours) >= 4 and others
    freed = remove_cache_records(own_engine.client, ours)
    assert cache_records(own_engine.client).keys() == others
    assert freed >= 4 * 1600


@pytest.mark.engine
def test_the_prediction_matches_what_the_engine_removes(own_engine: OwnEngine, tmp_path: Path) -> None:
    every = chain(own_engine, tmp_path, 4)
    records = cache_records(own_engine.client)
    named = {each for each in every if records[each].type == "regular"}
    below = {parent for record in records.values() for parent in record.parents}
    leaf = next(identity for identity in named - below if records[identity].parents)
    expected = free_to_go(named - {leaf}, records)
    assert expected and expected < named - {leaf}
    remove_cache_records(own_engine.client, named - {leaf})
    assert every - cache_records(own_engine.client).keys() == expected


@pytest.mark.engine
def test_buildkit_is_detected_and_a_stopped_engine_is_an_error(own_engine: OwnEngine) -> None:
    assert has_buildkit(own_engine.client)
    assert cache_records(own_engine.client) == {}, "listing creates no records"
    own_engine.kill()
    with pytest.raises(EngineStopped):
        cache_records(own_engine.client)
