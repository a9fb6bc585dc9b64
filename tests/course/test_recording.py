"""The committed recording: it is of the files as they are now, small, and names nobody; every notebook plays it."""

import re
import subprocess
import zipfile
from collections.abc import Iterator

import pytest

from helpers.core.paths import PROJECT
from helpers.core.replay import REPLAY, Pace
from helpers.course import recorded_sources
from helpers.course.sections import discover
from helpers.engine.recording import Archive, tape
from helpers.runner.execution import execute
from helpers.runner.outcome import Outcome

MOST_BYTES = 3_000_000
# Paths of a machine that records, and what its engine says about itself
PRIVATE = re.compile(r"/home/|/work/|/Users/|/var/lib/docker|\"DockerRootDir\"|\"(?:Http|Https|No)Proxy\"")


def changed_files() -> str:
    """What git says has changed in the folders that notebooks write to."""
    command = ["git", "status", "--porcelain", "dockerfiles", "notebooks", "sample_api_golang"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout


BEFORE = changed_files()


def test_the_recording_is_of_the_course_as_it_is() -> None:
    changed = recorded_sources.stale(Archive(tape.COMMITTED).header.sources)
    assert not changed, f"{', '.join(changed)} changed since the recording. Renew it: {recorded_sources.RENEW}"


def test_a_changed_new_or_deleted_file_makes_the_recording_stale() -> None:
    recorded = recorded_sources.digests()
    name = "dockerfiles/01-naive.Dockerfile"
    assert recorded_sources.stale(recorded) == []
    assert recorded_sources.stale({**recorded, name: "another"}) == [name]
    assert recorded_sources.stale({**recorded, "dockerfiles/old": ""}) == ["dockerfiles/old"]
    assert recorded_sources.stale({path: digest for path, digest in recorded.items() if path != name}) == [name]


def test_the_recording_is_small() -> None:
    assert tape.COMMITTED.stat().st_size <= MOST_BYTES


def test_the_recording_has_nothing_private() -> None:
    with zipfile.ZipFile(tape.COMMITTED) as file:
        for name in file.namelist():
            found = PRIVATE.search(file.read(name).decode(errors="replace"))
            assert not found, f"{name} has {found}"


def test_every_section_is_recorded() -> None:
    assert {section.name for section in discover()} <= set(Archive(tape.COMMITTED).sections)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    """How each notebook's replay ended, without an engine."""
    folder = tmp_path_factory.mktemp("replay")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(REPLAY, Pace.AT_ONCE)
        patch.setenv("WORKBOOK_RESULTS", str(folder))
        patch.setenv("DOCKER_HOST", f"unix://{folder}/none.sock")

        yield {
            section.name: execute(section.notebook, folder / section.notebook.name, {"scenarios": "all"})
            for section in discover()
        }


@pytest.mark.notebook
@pytest.mark.replay
@pytest.mark.parametrize("name", [section.name for section in discover()])
def test_the_notebook_plays_without_an_engine(name: str, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[name].failure is None, str(outcomes[name].failure)


@pytest.mark.notebook
@pytest.mark.replay
def test_a_replay_changes_no_file(outcomes: dict[str, Outcome]) -> None:
    assert outcomes
    assert changed_files() == BEFORE
