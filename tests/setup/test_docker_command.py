"""Tests that find or install the Docker CLI that tests compare with."""

import sys
from pathlib import Path

import pytest

from helpers.core.errors import SetupError
from helpers.setup import docker_command, system_packages


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    monkeypatch.setattr(system_packages, "can_install", lambda: True)
    return tmp_path


def add_docker(folder: Path, version: str, buildx: bool) -> str:
    text = f"#!/bin/sh\n[ $1 = --version ] && echo 'Docker version {version}, build x' && exit 0\n"
    text += "[ $1 = buildx ] && echo 'buildx 0.13' && exit 0\n" if buildx else ""
    (folder / "docker").write_text(text + "exit 1\n")
    (folder / "docker").chmod(0o755)
    return str(folder / "docker")


@pytest.mark.parametrize(("version", "buildx"), [("20.10.24+dfsg1", False), ("28.5.2", True)])
def test_a_cli_with_buildkit_is_found(programs: Path, version: str, buildx: bool) -> None:
    expected = add_docker(programs, version, buildx)
    assert docker_command.find() == expected


def test_a_newer_cli_without_buildx_is_not_used(programs: Path) -> None:
    add_docker(programs, "28.2.1", buildx=False)
    assert docker_command.find() is None


def test_the_next_cli_on_the_path_is_used_if_the_first_lacks_buildkit(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (programs / name).mkdir()
    add_docker(programs / "one", "28.2.1", buildx=False)
    expected = add_docker(programs / "two", "28.2.1", buildx=True)
    monkeypatch.setenv("PATH", f"{programs / 'one'}:{programs / 'two'}")
    assert docker_command.find() == expected


@pytest.mark.parametrize(("has_cli", "names"), [(True, ["docker-buildx"]), (False, ["docker-cli", "docker-buildx"])])
def test_only_what_is_missing_is_installed(
    programs: Path, monkeypatch: pytest.MonkeyPatch, has_cli: bool, names: list[str]
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(system_packages, "install", installed.extend)
    if has_cli:
        add_docker(programs, "28.2.1", buildx=False)
    docker_command.ready(yes=True)
    assert installed == names


def test_without_consent_the_hint_has_the_packages() -> None:
    with pytest.raises(SetupError) as caught:
        docker_command.ready(yes=False)
    assert "docker-buildx" in caught.value.hint


def test_without_apt_the_hint_links_the_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "can_install", lambda: False)
    with pytest.raises(SetupError) as caught:
        docker_command.ready(yes=True)
    assert "docs.docker.com" in caught.value.hint
