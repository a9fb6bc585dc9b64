"""Tests that run commands as root and give files back to the user."""

import os
import sys
from pathlib import Path

import pytest

from helpers.core.errors import SetupError
from helpers.core.paths import CACHE
from helpers.setup import handover, privileges


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user who is not root; the folder is their whole PATH."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def add_sudo(folder: Path, status: int) -> None:
    (folder / "sudo").write_text(f"#!/bin/sh\nexit {status}\n")
    (folder / "sudo").chmod(0o755)


def test_root_needs_no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert privileges.as_root(["apt-get", "update"]) == ["apt-get", "update"]


def test_an_ordinary_user_gets_sudo_without_a_prompt(learner: Path) -> None:
    add_sudo(learner, 0)
    assert privileges.as_root(["apt-get", "update"]) == ["sudo", "-n", "apt-get", "update"]


def test_if_sudo_needs_a_password_the_hint_says_so(learner: Path) -> None:
    add_sudo(learner, 1)
    with pytest.raises(SetupError) as caught:
        privileges.as_root(["apt-get", "update"])
    assert "sudo -v" in caught.value.hint


def test_without_sudo_the_hint_has_the_command(learner: Path) -> None:
    with pytest.raises(SetupError) as caught:
        privileges.as_root(["apt-get", "update"])
    assert caught.value.hint == "Run as root: apt-get update"


def test_the_restart_keeps_the_command_and_its_settings(
    learner: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_sudo(learner, 0)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine")
    monkeypatch.setenv("SOME_SECRET", "x")
    monkeypatch.setattr(privileges, "NOTES", learner / "notes")
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execvpe", lambda file, command, environment: started.append(command))
    privileges.go_on_as_root(["run", "05"], "The engine is root's.")
    (command,) = started
    assert command[:3] == ["sudo", "-n", "-H"]
    assert command[-5:] == [sys.executable, "-m", "helpers", "run", "05"]
    kept = command[3].removeprefix("--preserve-env=").split(",")
    assert {"HTTPS_PROXY", "DOCKER_HOST"} <= {*kept}
    assert not {"SOME_SECRET", "PATH", "HOME"} & {*kept}
    assert "your groups are not changed" in capsys.readouterr().out


def test_the_restart_passes_the_plan_on(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_sudo(learner, 0)
    monkeypatch.setattr(privileges, "NOTES", learner / "notes")
    handover.register(lambda: "the plan")
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execvpe", lambda file, command, environment: started.append((command, environment)))
    privileges.go_on_as_root(["run", "05"], "The engine is root's.")
    ((command, environment),) = started
    kept = command[3].removeprefix("--preserve-env=").split(",")
    monkeypatch.setattr(os, "environ", {name: environment[name] for name in kept})
    assert handover.take() == "the plan" and handover.take() == ""


def test_files_created_by_root_go_to_the_folders_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, tuple[int, int]] = {}
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "report.html").touch()
    (tmp_path / "results" / "dangling").symlink_to("nowhere")
    (tmp_path / "README.md").touch()
    owners = {tmp_path: 1000, tmp_path / "README.md": 1000}
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(privileges, "owner", lambda path: (owners.get(path, 0), 1000))
    monkeypatch.setattr(
        os, "chown", lambda path, user, group, follow_symlinks: given.update({path.name: (user, group)}), raising=False
    )
    privileges.give_back(tmp_path)
    assert given == dict.fromkeys(("results", "report.html", "dangling"), (1000, 1000))


def test_a_folder_that_does_not_exist_has_nothing_to_give_back(tmp_path: Path) -> None:
    privileges.give_back(tmp_path / "none")


def test_root_uses_the_cache_folder_of_the_user_who_called_sudo(
    learner: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_sudo(learner, 0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(learner / "caches"))
    monkeypatch.setattr(privileges, "NOTES", learner / "notes")
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execvpe", lambda file, command, environment: started.append((command, environment)))

    privileges.go_on_as_root(["run"], "The engine is root's.")

    ((command, environment),) = started
    assert environment[CACHE] == str(learner / "caches/dockerfile-workbook")
    assert any(CACHE in word for word in command)
    assert (learner / "caches/dockerfile-workbook").is_dir()


def test_a_cache_folder_that_only_root_can_create_is_no_error(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_sudo(learner, 0)
    (learner / "caches").touch()  # fails for root too, who runs some of these tests
    monkeypatch.setenv("XDG_CACHE_HOME", str(learner / "caches"))
    monkeypatch.setattr(privileges, "NOTES", learner / "notes")
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execvpe", lambda file, command, environment: started.append(command))

    privileges.go_on_as_root(["run"], "The engine is root's.")

    assert len(started) == 1


def test_a_folder_of_root_is_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(privileges, "owner", lambda path: (0, 0))
    monkeypatch.setattr(os, "chown", lambda *given, **more: pytest.fail("changed an owner"), raising=False)
    privileges.give_back(tmp_path)


def test_an_ordinary_user_changes_no_owner(tmp_path: Path, learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "owner", lambda path: (0, 0))
    monkeypatch.setattr(os, "chown", lambda *given, **more: pytest.fail("changed an owner"), raising=False)
    privileges.give_back(tmp_path)
