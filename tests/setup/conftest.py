"""A small project with the environment that its first command made."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.setup.small_project import Project


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """The project after its first command, and what that printed."""
    project = Project(tmp_path_factory.mktemp("clone") / "work book")  # a space, as in many a home folder
    done = project.run()
    assert done.returncode == 0, done.stderr
    return project, done.stdout


@pytest.fixture
def project(made: tuple[Project, str], tmp_path: Path) -> Iterator[Project]:
    """The made project; whatever a test does to its lock or marks is undone."""
    here = made[0]
    shutil.copytree(here.venv, tmp_path / "kept", symlinks=True)
    locks = {lock: lock.read_text() for lock in here.folder.glob("*.lock")}
    yield here
    for lock, text in locks.items():
        lock.write_text(text)
    shutil.rmtree(here.folder / ".workbook", ignore_errors=True)
    shutil.rmtree(here.venv)
    shutil.copytree(tmp_path / "kept", here.venv, symlinks=True)
