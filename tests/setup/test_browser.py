"""A browser without a window, found or installed."""

import sys
from pathlib import Path

import pytest

from helpers.setup import browser, packages
from helpers.setup.errors import SetupError


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser; whatever is put into the folder is on its PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("WORKBOOK_BROWSER", raising=False)
    monkeypatch.setattr(browser, "_MAC", tmp_path / "none")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    return tmp_path


def put(folder: Path, name: str) -> str:
    (folder / name).touch(mode=0o755)
    return str(folder / name)


def test_none_is_none() -> None:
    assert browser.find() is None


@pytest.mark.parametrize("name", ["chromium", "google-chrome", "microsoft-edge"])
def test_one_of_the_family_is_found(empty: Path, name: str) -> None:
    path = put(empty, name)
    assert browser.find() == path
    assert browser.ready(yes=False) == path


def test_the_one_that_is_named_goes_before_others(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(empty, "chromium")
    monkeypatch.setenv("WORKBOOK_BROWSER", put(empty, "my-browser"))
    assert browser.find() == str(empty / "my-browser")


def test_debians_package_is_installed_with_consent(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "can_install", lambda: True)
    monkeypatch.setattr(packages, "install", lambda names: [put(empty, name) for name in names])
    assert browser.ready(yes=True) == str(empty / "chromium")


def test_without_consent_the_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "can_install", lambda: True)
    with pytest.raises(SetupError) as caught:
        browser.ready(yes=False)
    assert "chromium" in caught.value.hint


def test_where_it_is_a_snap_or_nothing_the_reader_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "can_install", lambda: True)
    monkeypatch.setattr(browser, "_is_ubuntu", lambda: True)
    with pytest.raises(SetupError) as caught:
        browser.ready(yes=True)
    assert "Google Chrome" in caught.value.hint
