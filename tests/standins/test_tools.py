"""The programs that stand-ins need: found, installed with consent, or listed in an error."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from helpers.core.errors import BaseImageError
from helpers.standins import making


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The PATH folder of a machine that has apt-get, unshare and tar, and no Go or mmdebstrap; the user is root."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(making, "KEYRING", tmp_path / "keyring.gpg")
    add(tmp_path, "apt-get", "unshare", "tar")
    return tmp_path


def add(machine: Path, *programs: str) -> None:
    """Adds programs to the folder."""
    for name in programs:
        (machine / name).touch(mode=0o755)


def test_missing_packages_are_installed(machine: Path) -> None:
    asked: list[str] = []

    def install(packages: Sequence[str]) -> None:
        asked.extend(packages)
        add(machine, "mmdebstrap", "go", "keyring.gpg")

    making.require(install)

    assert asked == ["mmdebstrap", "golang-go", "debian-archive-keyring"]


def test_go_is_used_however_it_was_installed(machine: Path) -> None:
    add(machine, "go", "keyring.gpg")

    assert making.missing() == ["mmdebstrap"]


def test_nothing_is_installed_if_nothing_is_missing(machine: Path) -> None:
    add(machine, "mmdebstrap", "go", "keyring.gpg")

    making.require(lambda packages: pytest.fail(f"asked for {packages}"))


def test_error_has_the_install_command_without_consent(machine: Path) -> None:
    with pytest.raises(BaseImageError) as caught:
        making.require(None)

    assert caught.value.hint.endswith("mmdebstrap golang-go debian-archive-keyring")


def test_other_systems_are_refused(machine: Path) -> None:
    (machine / "apt-get").unlink()

    with pytest.raises(BaseImageError, match="only be made on Debian and Ubuntu"):
        making.require(None)


def test_a_user_of_the_engine_who_is_not_root_is_told_before_anything_is_installed(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(BaseImageError, match="only be made by root") as caught:
        making.require(lambda packages: pytest.fail(f"installed {packages}"))
    assert "mmdebstrap" in caught.value.message and "The engine answers without sudo." in caught.value.message
    assert "once with sudo" in caught.value.hint
