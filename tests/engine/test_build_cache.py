"""The build cache, record by record."""

import uuid
from pathlib import Path

import buildkit_session
import docker
import pytest
from buildkit_session import build, has_buildkit

from helpers.engine.build_cache import CacheRecord, cache_records, free_to_go, remove_cache_records, settled_records
from helpers.records.errors import EngineStopped
from tests.engine.conftest import OwnEngine


def record(identity: str, *parents: str, in_use: bool = False, created: int = 0) -> CacheRecord:
    return CacheRecord(identity, "regular", "fileop target", parents, created, 0, in_use, 0)


def by_id(*records: CacheRecord) -> dict[str, CacheRecord]:
    return {each.id: each for each in records}


def test_what_others_are_built_on_does_not_go() -> None:
    records = by_id(record("base"), record("ours", "base"), record("theirs", "base"), record("leaf", "ours"))
    assert free_to_go({"base", "ours", "leaf"}, records) == {"ours", "leaf"}


def test_what_stays_keeps_what_it_is_built_on() -> None:
    records = by_id(record("base"), record("middle", "base"), record("leaf", "middle", in_use=True))
    assert free_to_go({"base", "middle", "leaf"}, records) == set()


def test_what_the_engine_does_not_have_any_more_cannot_go() -> None:
    assert free_to_go({"gone"}, {}) == set()


def test_nothing_named_removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """BuildKit takes a request without a filter for everything there is."""
    client = docker.DockerClient("unix:///nowhere/docker.sock", version="1.41")
    assert remove_cache_records(client, []) == 0


@pytest.mark.parametrize("held_since", [100, 300])
def test_a_record_that_the_build_still_holds_is_waited_for(monkeypatch: pytest.MonkeyPatch, held_since: int) -> None:
    """As 20.10 answers some tens of milliseconds after a build: the ID that it will keep comes with the release."""
    answers = [[record("passing", in_use=True, created=held_since)], [record("stays", created=held_since)]]
    monkeypatch.setattr(
        buildkit_session, "cache_records", lambda client: answers.pop(0) if len(answers) > 1 else answers[0]
    )
    found = settled_records(docker.DockerClient("unix:///nowhere/docker.sock", version="1.41"), since=200)
    assert found.keys() == ({"stays"} if held_since >= 200 else {"passing"})


def chain(own_engine: OwnEngine, folder: Path, steps: int) -> set[str]:
    """Builds a stage of so many instructions and an image; the cache records that are new."""
    before = cache_records(own_engine.client)
    folder = folder / uuid.uuid4().hex  # a context that is known already keeps its record, under a new ID
    folder.mkdir()
    for number in range(steps):
        (folder / str(number)).write_bytes(uuid.uuid4().bytes * 100)
    dockerfile = "FROM scratch AS other\n" + "".join(f"COPY {number} /{number}\n" for number in range(steps))
    result = build(own_engine.client, folder, dockerfile + "FROM scratch\nCOPY --from=other / /\n")
    assert result.image_id, result.error
    return settled_records(own_engine.client, 0).keys() - before.keys()


@pytest.mark.engine
def test_exactly_the_named_records_go_and_the_others_stay(own_engine: OwnEngine, tmp_path: Path) -> None:
    theirs = chain(own_engine, tmp_path, 3)
    ours = chain(own_engine, tmp_path, 4)
    assert len(ours) >= 4 and theirs
    freed = remove_cache_records(own_engine.client, ours)
    assert cache_records(own_engine.client).keys() == theirs
    assert freed >= 4 * 1600


@pytest.mark.engine
def test_what_is_expected_to_go_is_what_the_engine_removes(own_engine: OwnEngine, tmp_path: Path) -> None:
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
def test_an_engine_with_buildkit_says_so_and_one_that_is_gone_is_said_to_be(own_engine: OwnEngine) -> None:
    assert has_buildkit(own_engine.client)
    assert cache_records(own_engine.client) == {}, "asking leaves nothing behind"
    own_engine.kill()
    with pytest.raises(EngineStopped):
        cache_records(own_engine.client)
