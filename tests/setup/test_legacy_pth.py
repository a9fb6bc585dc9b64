"""The `.pth` file of earlier versions."""

import sysconfig
from pathlib import Path

import pytest

from helpers.core.errors import SetupError
from helpers.core.paths import PROJECT
from helpers.setup import changes_made, legacy_pth


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file as an earlier version wrote and noted it."""
    monkeypatch.setattr(changes_made, "NOTES", tmp_path / "notes")
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    written = tmp_path / "dockerfile-workbook.pth"
    written.write_text(f"{PROJECT}\n")
    changes_made.write(pth=[str(written)])
    return written


def refuse(file: Path, missing_ok: bool = False) -> None:
    raise PermissionError(13, "Permission denied", str(file))


def test_the_checkout_is_read_from_it(file: Path) -> None:
    assert legacy_pth.checkout() == PROJECT
    legacy_pth.remove()
    assert legacy_pth.checkout() is None
    legacy_pth.remove()


def test_one_that_cannot_be_removed_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(SetupError, match=str(file)):
        legacy_pth.remove()


def test_clean_removes_what_was_noted(file: Path) -> None:
    assert legacy_pth.clean(PROJECT, dry_run=True) == [f"Would remove {file}, by which notebooks find the helpers."]
    assert file.exists()
    assert legacy_pth.clean(PROJECT) == [f"Removed {file}, by which notebooks found the helpers."]
    assert not file.exists()
    assert changes_made.read() == {}
    assert legacy_pth.clean(PROJECT) == []


def test_clean_leaves_one_that_another_checkout_has_taken_over(file: Path) -> None:
    file.write_text("/another/checkout\n")
    assert legacy_pth.clean(PROJECT) == []
    assert file.exists()
    assert changes_made.read() == {}


def test_clean_names_one_that_cannot_be_removed_and_keeps_the_note(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        (line,) = legacy_pth.clean(PROJECT).left
    assert line.startswith("Could not remove")
    assert line.endswith("Permission denied.")
    assert len(legacy_pth.clean(PROJECT)) == 1
