"""The scan cache survives its process, and drops what is outdated, unused or too much."""

import time
from pathlib import Path

import pytest

from helpers.measure import store
from helpers.measure.store import ScanCache, Store


@pytest.fixture
def cache(tmp_path: Path) -> ScanCache:
    return ScanCache(Store(tmp_path / "store.sqlite3"))


def test_it_is_a_mapping_that_survives_its_process(cache: ScanCache, tmp_path: Path) -> None:
    cache["scan:sha256:1"] = b"\x00content"
    cache["layer"] = b"first"
    cache["layer"] = b"second"
    again = ScanCache(Store(tmp_path / "store.sqlite3"))
    assert dict(again) == {"layer": b"second", "scan:sha256:1": b"\x00content"}
    del again["layer"]
    assert "layer" not in cache and len(cache) == 1


def test_a_missing_name_is_a_key_error(cache: ScanCache) -> None:
    with pytest.raises(KeyError):
        cache["nothing"]
    with pytest.raises(KeyError):
        del cache["nothing"]


def test_entries_in_another_format_count_as_missing(cache: ScanCache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache["layer"] = b"packed as it was then"
    monkeypatch.setattr(store, "FORMAT", store.FORMAT + 1)
    assert "layer" not in cache and list(cache) == [] and len(cache) == 0
    cache["layer"] = b"packed as it is now"
    assert cache["layer"] == b"packed as it is now"


def age(tmp_path: Path, name: str, days: int) -> None:
    with Store(tmp_path / "store.sqlite3").open() as database:
        database.execute("UPDATE scans SET used = ? WHERE name = ?", (int(time.time()) - days * 86_400, name))


def test_unused_entries_are_deleted(cache: ScanCache, tmp_path: Path) -> None:
    for name in ("used", "unused"):
        cache[name] = b"content"
        age(tmp_path, name, 61)
    assert cache["used"]
    cache.prune()
    assert list(cache) == ["used"]


def test_the_least_recently_used_are_deleted_beyond_the_size(cache: ScanCache, tmp_path: Path) -> None:
    for days, name in enumerate(("newest", "middle", "oldest")):
        cache[name] = bytes(100)
        age(tmp_path, name, days)
    cache.prune(size=250)
    assert list(cache) == ["middle", "newest"]


def test_entries_in_another_format_are_deleted(cache: ScanCache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache["layer"] = b"packed as it was then"
    with monkeypatch.context() as patch:
        patch.setattr(store, "FORMAT", store.FORMAT + 1)
        cache.prune()
    assert list(cache) == []
