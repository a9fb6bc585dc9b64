"""The environment made for real: the first command makes it, and the next ones find or extend it."""

import shutil
import subprocess

import pytest

from helpers.core.paths import PROJECT
from tests.setup.small_project import BY_PIP, Project, packages_of, wheel

pytestmark = pytest.mark.machine


def test_the_first_command_makes_the_environment_and_goes_on_inside(made: tuple[Project, str]) -> None:
    project, said = made
    assert "to fetch" in said
    assert BY_PIP not in said
    assert "those of run.lock are installed" in said
    assert said.endswith(f"in {project.venv} tiny 1.0\n")


def test_the_next_command_installs_nothing(project: Project) -> None:
    done = project.run()
    assert done.stdout == f"in {project.venv} tiny 1.0\n"


def test_neither_uv_nor_an_unfinished_mark_is_left_in_it(made: tuple[Project, str]) -> None:
    venv = made[0].venv
    assert not [*venv.glob("*/uv*"), *packages_of(venv).glob("uv*"), *venv.glob("installer-*")]
    assert not (venv / ".workbook-unfinished").exists()


def test_a_test_adds_what_it_needs_to_the_same_environment(project: Project) -> None:
    kept = packages_of(project.venv) / "kept.py"
    kept.touch()
    assert not (packages_of(project.venv) / "tinier.py").exists()
    done = project.run(name="test")
    assert "the packages of test.lock" in done.stdout
    assert (packages_of(project.venv) / "tinier.py").exists()
    assert kept.exists()
    for name in ("doctor", "test"):
        assert project.run(name=name).stdout == f"in {project.venv} tiny 1.0\n"


def test_the_installation_leaves_nothing_in_the_project(made: tuple[Project, str]) -> None:
    folder = made[0].folder
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    listed = subprocess.run([*git, "ls-files", "--others", "--exclude-standard"], capture_output=True, text=True)
    shutil.rmtree(folder / ".git")
    assert not [line for line in listed.stdout.splitlines() if not (PROJECT / line).exists()]
    assert not [*folder.glob("*.egg-info"), *folder.glob("build"), *folder.glob("dist")]


def test_a_changed_lock_is_installed(project: Project) -> None:
    project.lock(wheel(project.wheels, "1.1"))
    assert project.run().stdout.endswith("tiny 1.1\n")
