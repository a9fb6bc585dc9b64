"""Tests of the notes about changes to the machine."""

from pathlib import Path

import pytest

from helpers.setup import notes


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(notes, "NOTES", tmp_path / "notes")
    monkeypatch.setattr(notes, "_FILE", tmp_path / "notes" / "machine.json")
    return tmp_path / "notes"


def test_an_unchanged_machine_has_no_notes() -> None:
    assert notes.read() == {}


def test_new_notes_keep_the_old_ones() -> None:
    notes.write(pid=7)
    notes.write(packages=["docker.io"])
    assert notes.read() == {"pid": 7, "packages": ["docker.io"]}


def test_a_note_set_to_none_is_deleted() -> None:
    notes.write(pid=7, service="docker")
    notes.write(pid=None)
    assert notes.read() == {"service": "docker"}


@pytest.mark.parametrize("text", ["", "{half a fi", "[1, 2]"])
def test_a_damaged_file_counts_as_empty(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "machine.json").write_text(text)
    assert notes.read() == {}
