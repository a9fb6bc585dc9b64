"""Tests of the notes about changes to the machine."""

from pathlib import Path

import pytest

from helpers.setup import changes_made


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(changes_made, "NOTES", tmp_path / "notes")
    return tmp_path / "notes"


def test_an_unchanged_machine_has_no_notes() -> None:
    assert changes_made.read() == {}


def test_new_notes_keep_the_old_ones() -> None:
    changes_made.write(pid=7)
    changes_made.write(packages=["docker.io"])
    assert changes_made.read() == {"pid": 7, "packages": ["docker.io"]}


def test_a_note_set_to_none_is_deleted() -> None:
    changes_made.write(pid=7, service="docker")
    changes_made.write(pid=None)
    assert changes_made.read() == {"service": "docker"}


@pytest.mark.parametrize("text", ["", "{half a fi", "[1, 2]"])
def test_a_damaged_file_counts_as_empty(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "machine.json").write_text(text)
    assert changes_made.read() == {}
