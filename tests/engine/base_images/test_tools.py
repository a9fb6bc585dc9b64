"""The programs that stand-ins are made with: looked for, installed by who may, or named."""

from pathlib import Path

import pytest

from helpers.engine.base_images import tools
from helpers.records.errors import BaseImageError


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of programs of a machine that has apt-get, no Go and nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "KEYRING", tmp_path / "keyring.gpg")
    add(tmp_path, "apt-get", "unshare", "tar")
    return tmp_path


def add(machine: Path, *programs: str) -> None:
    """Puts programs there."""
    for name in programs:
        (machine / name).touch(mode=0o755)


def test_missing_packages_are_installed(machine: Path) -> None:
    asked: list[str] = []

    def install(packages: list[str]) -> None:
        asked.extend(packages)
        add(machine, "mmdebstrap", "go", "keyring.gpg")

    tools.require(install)

    assert asked == ["mmdebstrap", "golang-go", "debian-archive-keyring"]


def test_go_of_this_machine_is_used_whatever_its_package(machine: Path) -> None:
    add(machine, "go", "keyring.gpg")

    assert tools.missing() == ["mmdebstrap"]


def test_nothing_is_installed_where_all_is_there(machine: Path) -> None:
    add(machine, "mmdebstrap", "go", "keyring.gpg")

    tools.require(lambda packages: pytest.fail(f"asked for {packages}"))


def test_line_to_type_where_nothing_may_be_installed(machine: Path) -> None:
    with pytest.raises(BaseImageError) as caught:
        tools.require(None)

    assert caught.value.hint.endswith("mmdebstrap golang-go debian-archive-keyring")


def test_other_systems(machine: Path) -> None:
    (machine / "apt-get").unlink()

    with pytest.raises(BaseImageError, match="only be made on Debian and Ubuntu"):
        tools.require(None)
