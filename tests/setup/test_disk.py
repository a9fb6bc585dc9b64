"""Tests that check for free disk space."""

from pathlib import Path

import pytest

from helpers.core.errors import SetupError
from helpers.setup import disk


def test_free_space_of_a_missing_folder_is_that_of_its_parent(tmp_path: Path) -> None:
    assert disk.free(tmp_path / "not" / "there" / "yet") > 0


def test_too_little_space_is_an_error_with_both_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "free", lambda path: 1_200_000_000)
    with pytest.raises(SetupError) as caught:
        disk.require(tmp_path, 5_000_000_000, "The engine")
    assert "The engine needs 5.0 GB" in caught.value.message
    assert "1.2 GB are free" in caught.value.message


def test_enough_space_raises_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "free", lambda path: 5_000_000_000)
    disk.require(tmp_path, 5_000_000_000, "The engine")
