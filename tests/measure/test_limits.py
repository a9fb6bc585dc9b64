"""A project's limits apply to each of its containers."""

from pathlib import Path
from typing import Any

import pytest

from helpers.engine import container
from helpers.measure.experiment import Experiment
from helpers.measure.project import Project
from helpers.measure.run_options import RunOptions


def test_a_projects_limits_apply_to_its_containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(container, "run", lambda client, image, **options: given.append(options))
    monkeypatch.setattr(Experiment, "ready", lambda self: type("Build", (), {"image_id": "sha256:1"}))
    client: Any = None
    subject = Experiment(client, "own", "", Project(tmp_path, limits={"memory": "4g", "processes": 9}), tag="own")
    subject.run(RunOptions(port=1))
    subject.run(RunOptions(memory="1g"))
    assert [(each["memory"], each["processes"]) for each in given] == [("4g", 9), ("1g", 9)]
