"""What was done to the machine, noted."""

from pathlib import Path

import pytest

from helpers.setup import notes


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(notes, "NOTES", tmp_path / "notes")
    monkeypatch.setattr(notes, "_FILE", tmp_path / "notes" / "machine.json")
    return tmp_path / "notes"


def test_a_machine_that_was_left_alone_has_none() -> None:
    assert notes.read() == {}


def test_what_is_noted_stays_beside_what_was_noted_before() -> None:
    notes.write(pid=7)
    notes.write(packages=["docker.io"])
    assert notes.read() == {"pid": 7, "packages": ["docker.io"]}


def test_what_is_undone_is_forgotten() -> None:
    notes.write(pid=7, service="docker")
    notes.write(pid=None)
    assert notes.read() == {"service": "docker"}


@pytest.mark.parametrize("text", ["", "{half a fi", "[1, 2]"])
def test_a_damaged_file_counts_as_none(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "machine.json").write_text(text)
    assert notes.read() == {}
