"""An experiment with another Dockerfile is built from the same context, unless it is built in another folder."""

from pathlib import Path
from typing import Any

import pytest

from helpers.measure.experiment import Experiment
from helpers.measure.project import Project

NO_ENGINE: Any = None  # nothing is built


@pytest.mark.parametrize(
    ("folder", "ignore", "dockerignore"),
    [("own", True, "*.env"), ("own", False, None), ("other", True, None), (None, True, "*.env")],
)
def test_the_dockerfiles_own_dockerignore_belongs_to_its_folder(
    tmp_path: Path, folder: str | None, ignore: bool, dockerignore: str | None
) -> None:
    own = Experiment(NO_ENGINE, "own", "FROM scratch", Project(tmp_path / "own"), tag="a/b", dockerignore="*.env")
    project = Project(tmp_path / folder, build_args={"A": "1"}) if folder else None
    assert own.altered("x", "FROM scratch", project=project, ignore=ignore).dockerignore == dockerignore
