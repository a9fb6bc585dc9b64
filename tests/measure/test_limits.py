"""A project's limits, port and health check apply to each of its containers."""

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
    project = Project(tmp_path, 7, "/up", patience=9.0, limits={"memory": "4g", "processes": 9})
    subject = Experiment(client, "own", "", project, tag="own")
    subject.run(RunOptions(port=1))
    subject.run(RunOptions(memory="1g"))
    assert [(each["memory"], each["processes"]) for each in given] == [("4g", 9), ("1g", 9)]
    assert [(each["port"], each["path"], each["timeout"]) for each in given] == [(1, "/up", 9.0), (7, "/up", 9.0)]
