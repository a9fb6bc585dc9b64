"""A run of the course in a replay: says so first, and leaves this machine's results and times alone."""

import json
import os
from pathlib import Path
from typing import Any

import docker
import papermill  # type: ignore[import-untyped]
import pytest
from papermill.iorw import load_notebook_node  # type: ignore[import-untyped]
from papermill.parameterize import parameterize_notebook  # type: ignore[import-untyped]

from helpers import standins
from helpers.core import section_times
from helpers.core.records import Replay
from helpers.course import notebooks, sections
from helpers.measure import cache_journal
from helpers.runner import course_run as runner
from helpers.runner.execution import INJECTED
from helpers.runner.outcome import CourseRun, Outcome
from tests.fixtures.replays import RECORDED, SENTENCE

pytestmark = pytest.mark.notebook
HERE = Path(__file__).parent
NO_ENGINE = docker.DockerClient("unix:///nowhere/docker.sock", version="1.41")


class Replayed:
    """The fixture notebooks, run in a replay."""

    def __init__(self, results: Path) -> None:
        self.results = results
        self.variables: list[str | None] = []

    def run(self, *numbers: str) -> int:
        known = sections.discover(HERE)
        return runner.run([sections.find(number, known) for number in numbers], NO_ENGINE, 60)

    def document(self) -> Any:
        return json.loads((self.results / "replay/latest/results.json").read_text())

    def noted(self, source: Path, target: Path, *_: object) -> Outcome:
        """Replaces `execute`."""
        self.variables.append(os.environ.get("WORKBOOK_RESULTS"))
        return Outcome(source.stem, 0.1)


@pytest.fixture
def replayed(replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, course_run: CourseRun) -> Replayed:
    def sweep(client: object) -> int:
        raise AssertionError("A replay has nothing to remove from a build cache.")

    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr(cache_journal, "sweep", sweep)
    monkeypatch.setattr(standins, "present", lambda client: course_run.base_images)
    return Replayed(tmp_path / "results")


def test_it_begins_with_what_is_replayed(replayed: Replayed, capsys: pytest.CaptureFixture[str]) -> None:
    assert replayed.run("01", "06") == 0
    output = capsys.readouterr().out
    assert output.splitlines()[0] == SENTENCE
    assert "   replayed in " in output and "passed" not in output
    assert runner.CLEANING_UP not in output
    assert "Replayed in " in output and "; recorded: builds 0.0 s (0)" in output


def test_its_results_have_a_folder_of_their_own_and_name_the_recording(replayed: Replayed, replay: Replay) -> None:
    replayed.run("01", "02")
    assert [path.name for path in replayed.results.iterdir()] == ["replay"]
    document = replayed.document()
    assert document["replay"]["recorded"] == RECORDED
    assert document["replay"]["engine"]["version"] == document["engine"]["version"] == replay.engine.version
    assert document["replay"]["machine"]["name"] == document["machine"]["name"] == replay.machine.name
    assert [section["status"] for section in document["sections"]] == ["replayed", "failed"]


def test_kernels_write_to_the_same_folder(replayed: Replayed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "execute", replayed.noted)
    replayed.run("01")
    assert replayed.variables == [str(replayed.results)]  # a kernel adds the folder of replays itself


def test_it_notes_no_times(replayed: Replayed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "execute", replayed.noted)
    replayed.run("01")
    assert not list(replayed.results.rglob(section_times.NAME))


def test_an_interrupted_replay_is_continued_as_a_replay(
    replayed: Replayed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(source: Path, *rest: object) -> Outcome:
        if source.stem == "06-shows-an-error":
            raise KeyboardInterrupt
        return Outcome(source.stem, 0.1)

    monkeypatch.setattr(runner, "execute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replayed.run("01", "06")
    monkeypatch.setattr(runner, "execute", replayed.noted)
    replayed.run("01", "06")
    assert "Continuing the run" in capsys.readouterr().out
    assert [section["status"] for section in replayed.document()["sections"]] == ["replayed"] * 2
    assert not (replayed.results / "runs").exists()


@pytest.mark.parametrize("section", sections.discover(), ids=lambda section: section.name)
def test_papermill_sets_the_pace_before_the_notebook_connects(section: sections.SectionFiles) -> None:
    assert "replay" in papermill.inspect_notebook(str(section.notebook))
    set_to = parameterize_notebook(load_notebook_node(str(section.notebook)), {"replay": "real-time"}).cells
    injected = next(place for place, cell in enumerate(set_to) if INJECTED in notebooks.tags(cell))
    connects = next(place for place, cell in enumerate(set_to) if "connect(replay)" in cell.source)
    assert 'replay = "real-time"' in set_to[injected].source and injected < connects
