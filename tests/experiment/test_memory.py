"""What is remembered is there for the next process, and what was never read is not."""

import time
from pathlib import Path

import pytest

from helpers.experiment import memory as memories
from helpers.experiment.memory import Remembered
from helpers.experiment.store import Store


@pytest.fixture
def memory(tmp_path: Path) -> Remembered:
    return Remembered(Store(tmp_path / "store.sqlite3"))


def test_it_is_a_mapping_that_outlives_its_process(memory: Remembered, tmp_path: Path) -> None:
    memory["look:sha256:1"] = b"\x00content"
    memory["layer"] = b"first"
    memory["layer"] = b"second"
    again = Remembered(Store(tmp_path / "store.sqlite3"))
    assert dict(again) == {"layer": b"second", "look:sha256:1": b"\x00content"}
    del again["layer"]
    assert "layer" not in memory and len(memory) == 1


def test_what_was_never_kept_is_not_there(memory: Remembered) -> None:
    with pytest.raises(KeyError):
        memory["nothing"]
    with pytest.raises(KeyError):
        del memory["nothing"]


def test_what_is_of_another_format_counts_as_not_there(memory: Remembered, monkeypatch: pytest.MonkeyPatch) -> None:
    memory["layer"] = b"packed as it was then"
    monkeypatch.setattr(memories, "FORMAT", memories.FORMAT + 1)
    assert "layer" not in memory and list(memory) == [] and len(memory) == 0
    memory["layer"] = b"packed as it is now"
    assert memory["layer"] == b"packed as it is now"


def age(tmp_path: Path, name: str, days: int) -> None:
    with Store(tmp_path / "store.sqlite3").open() as database:
        database.execute("UPDATE scans SET used = ? WHERE name = ?", (int(time.time()) - days * 86_400, name))


def test_what_nobody_asks_for_any_more_is_dropped(memory: Remembered, tmp_path: Path) -> None:
    for name in ("asked for", "forgotten"):
        memory[name] = b"content"
        age(tmp_path, name, 61)
    assert memory["asked for"]
    memory.prune()
    assert list(memory) == ["asked for"]


def test_beyond_the_size_the_oldest_are_dropped(memory: Remembered, tmp_path: Path) -> None:
    for days, name in enumerate(("newest", "middle", "oldest")):
        memory[name] = bytes(100)
        age(tmp_path, name, days)
    memory.prune(size=250)
    assert list(memory) == ["middle", "newest"]


def test_what_is_of_another_format_is_dropped(memory: Remembered, monkeypatch: pytest.MonkeyPatch) -> None:
    memory["layer"] = b"packed as it was then"
    with monkeypatch.context() as patch:
        patch.setattr(memories, "FORMAT", memories.FORMAT + 1)
        memory.prune()
    assert list(memory) == []
