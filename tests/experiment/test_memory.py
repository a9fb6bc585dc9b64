"""What is remembered is there for the next process, and what was never read is not."""

from pathlib import Path

import pytest

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
