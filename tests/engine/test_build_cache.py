"""The build cache, record by record."""

import json
import re
import time
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import APIError

from helpers.engine.build_cache import cache_records, filters, parse, prefixes, remove_cache_records
from helpers.engine.buildkit import Context, Request, build
from tests.engine.conftest import OwnEngine

RECORD = {"ID": "knckluufpps2h3hz3obcx71ao", "Parent": "", "Type": "regular", "InUse": False, "Size": 1018}


@pytest.mark.parametrize(
    "answer",
    [
        {"LayersSize": 1, "Images": [], "BuildCache": [RECORD]},  # 20.10
        {"BuildCacheUsage": {"TotalCount": 1, "Items": [RECORD]}},  # API 1.52 and later
    ],
)
def test_records_are_read_in_both_forms(answer: dict[str, object]) -> None:
    assert parse(answer) == [RECORD]


@pytest.mark.parametrize("answer", [{"BuildCache": None}, {"BuildCacheUsage": {"TotalCount": 0}}, {}])
def test_an_empty_cache_has_none(answer: dict[str, object]) -> None:
    assert parse(answer) == []


def test_the_filter_is_one_expression_that_fits_what_begins_so() -> None:
    (value,) = json.loads(filters(["abc", "def"]))["id"]
    assert value[0] == value[-1] == '"'
    expression = re.compile(value.strip('"'))
    assert [name for name in ("abc", "def", "abcd", "xabc", "a") if expression.search(name)] == ["abc", "def", "abcd"]


def test_ids_are_named_by_their_beginnings_where_these_mean_nobody_else() -> None:
    ours, theirs = {"aaaaaaaa1", "bbbbbbbb1"}, {"cccccccc1"}
    assert prefixes(ours, ours | theirs) == ["aaaaaaaa", "bbbbbbbb"]
    assert prefixes(ours, ours | theirs | {"bbbbbbbb2"}) == ["aaaaaaaa1", "bbbbbbbb1"]


def test_nothing_named_asks_nothing_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nobody:
        api = None

    assert remove_cache_records(Nobody(), []) == 0  # type: ignore[arg-type]


def answering(*answers: dict[str, object] | Exception) -> Any:
    """A client whose engine gives these answers, one after the other, and the last one for ever."""
    left = list(answers)

    def result(_: object, json: bool) -> dict[str, object]:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return SimpleNamespace(
        api=SimpleNamespace(api_version="1.41", _result=result, _get=lambda *_, **__: None, _url=str)
    )


def test_an_engine_that_counts_for_somebody_else_is_asked_again() -> None:
    """Engines before 23 refuse the second of two that ask at a time, as two notebooks side by side do."""
    busy = APIError("500 Server Error", explanation="a disk usage operation is already running")
    assert cache_records(answering(busy, busy, {"BuildCache": [RECORD]})) == {RECORD["ID"]: RECORD["Size"]}


def test_a_record_that_a_build_still_holds_is_not_believed() -> None:
    """As 20.10 answers some tens of milliseconds after a build: the ID that it will keep comes with the release."""
    held = {**RECORD, "ID": "passing", "InUse": True}
    assert cache_records(answering({"BuildCache": [held]}, {"BuildCache": [RECORD]})).keys() == {RECORD["ID"]}


def test_somebody_elses_long_build_does_not_hold_us_up() -> None:
    began = time.monotonic()
    assert cache_records(answering({"BuildCache": [{**RECORD, "InUse": True}]})).keys() == {RECORD["ID"]}
    assert time.monotonic() - began < 5


def chain(own_engine: OwnEngine, folder: Path, steps: int) -> set[str]:
    """Builds a stage of so many instructions and an image; the cache records that are new."""
    before = cache_records(own_engine.client)
    folder = folder / uuid.uuid4().hex  # a context that is known already keeps its record, under a new ID
    folder.mkdir()
    for number in range(steps):
        (folder / str(number)).write_bytes(uuid.uuid4().bytes * 100)
    dockerfile = "FROM scratch AS other\n" + "".join(f"COPY {number} /{number}\n" for number in range(steps))
    result = build(own_engine.client, Request(Context(folder), dockerfile + "FROM scratch\nCOPY --from=other / /\n"))
    assert result.image_id, result.error
    return cache_records(own_engine.client).keys() - before.keys()


@pytest.mark.engine
def test_exactly_the_named_records_go_and_the_readers_stay(own_engine: OwnEngine, tmp_path: Path) -> None:
    readers = chain(own_engine, tmp_path, 3)
    ours = chain(own_engine, tmp_path, 4)
    assert len(ours) >= 4 and readers
    freed = remove_cache_records(own_engine.client, ours)
    assert cache_records(own_engine.client).keys() == readers
    assert freed >= 4 * 1600


@pytest.mark.engine
def test_more_records_than_one_request_names_go_too(
    own_engine: OwnEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpers.engine.build_cache._PER_REQUEST", 2)
    ours = chain(own_engine, tmp_path, 5)
    remove_cache_records(own_engine.client, ours)
    assert cache_records(own_engine.client) == {}
