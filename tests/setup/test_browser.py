"""Tests that find or install a headless browser."""

import sys
from pathlib import Path

import pytest

from helpers.core.errors import SetupError
from helpers.setup import browser, system_packages


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser; programs put into the folder are on its PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("WORKBOOK_BROWSER", raising=False)
    monkeypatch.setattr(browser, "MAC", tmp_path / "none")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    return tmp_path


def add_program(folder: Path, name: str) -> str:
    (folder / name).touch(mode=0o755)
    return str(folder / name)


def test_no_browser_is_found() -> None:
    assert browser.find() is None


@pytest.mark.parametrize("name", ["chromium", "google-chrome", "microsoft-edge"])
def test_a_chromium_based_browser_is_found(empty: Path, name: str) -> None:
    path = add_program(empty, name)
    assert browser.find() == path
    assert browser.ready(yes=False) == path


def test_workbook_browser_overrides_the_list(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_program(empty, "chromium")
    monkeypatch.setenv("WORKBOOK_BROWSER", add_program(empty, "my-browser"))
    assert browser.find() == str(empty / "my-browser")


def test_the_debian_package_is_installed_with_consent(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "can_install", lambda: True)
    monkeypatch.setattr(system_packages, "install", lambda names: [add_program(empty, name) for name in names])
    assert browser.ready(yes=True) == str(empty / "chromium")


def test_without_consent_the_hint_has_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "can_install", lambda: True)
    with pytest.raises(SetupError) as caught:
        browser.ready(yes=False)
    assert "chromium" in caught.value.hint


def test_without_a_deb_package_the_hint_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "can_install", lambda: True)
    monkeypatch.setattr(browser, "is_ubuntu", lambda: True)
    with pytest.raises(SetupError) as caught:
        browser.ready(yes=True)
    assert "Google Chrome" in caught.value.hint
