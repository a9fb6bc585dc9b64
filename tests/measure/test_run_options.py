"""Tests of the options of a run and of the settings that they become."""

from pathlib import Path

from helpers.measure.project import Project
from helpers.measure.run_options import STANDARD, RunOptions


def test_only_a_run_without_options_measures_process_and_shutdown(tmp_path: Path) -> None:
    project = Project(tmp_path)
    standard, other = STANDARD.settings(project), RunOptions(port=9090).settings(project)
    assert (standard["process"], standard["shutdown"]) == (True, True)
    assert (other["process"], other["shutdown"], other["port"]) == (False, False, 9090)
    asked = RunOptions(port=9090, process=True, shutdown=True).settings(project)
    assert asked["process"] and asked["shutdown"]


def test_a_run_adds_to_the_projects_environment_and_may_replace_its_command(tmp_path: Path) -> None:
    project = Project(tmp_path, environment={"DATABASE_URL": "x", "A": "1"}, command=("serve",))
    standard = STANDARD.settings(project)
    assert (standard["environment"], standard["command"]) == ({"DATABASE_URL": "x", "A": "1"}, ("serve",))
    other = RunOptions(environment={"A": "2"}, command=("check",)).settings(project)
    assert (other["environment"], other["command"]) == ({"DATABASE_URL": "x", "A": "2"}, ("check",))
