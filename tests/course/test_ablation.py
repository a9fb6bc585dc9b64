"""What is left out of section 11's Dockerfile, and how the results are shown."""

from typing import Any

import docker
import pytest

from helpers.core.errors import ContainerExited, EngineStopped, WorkbookError
from helpers.core.records import Build, Health, Image, Process, Run
from helpers.course.ablation import COLUMNS, IMPROVEMENTS, Facts, line_of, measured, rows, without
from helpers.course.sections import find
from helpers.course.subject import subject_of
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions

DOCKERFILE = find("11").dockerfile.read_text()


def facts(size: int = 10_000_000, seconds: float = 1.0, uid: int | None = 1001) -> Facts:
    run = None if uid is None else Run(Health(200, 0.1), log="started\n", process=Process(uid, uid))
    return Facts(size, seconds, run, certificates=True, healthcheck=True)


def texts(facts_: Facts | None, whole: Facts | None) -> dict[str, str]:
    cells = line_of("a Dockerfile", facts_, whole).cells
    return dict(zip(COLUMNS, (cell.text for cell in cells), strict=True))


@pytest.mark.parametrize("name", IMPROVEMENTS)
def test_each_improvement_is_in_the_dockerfile_and_can_be_left_out(name: str) -> None:
    assert without(DOCKERFILE, IMPROVEMENTS[name]) not in (None, DOCKERFILE)


def test_the_source_is_copied_once_if_go_mod_is_not_copied_first() -> None:
    text = without(DOCKERFILE, IMPROVEMENTS["copying go.mod first"]) or ""
    assert text.count("COPY . .") == 1 and text.index("COPY . .") < text.index("go mod download\n")


def test_the_cache_mounts_are_left_out_of_every_instruction() -> None:
    assert "--mount" not in (without(DOCKERFILE, IMPROVEMENTS["the cache mounts"]) or "--mount")


def test_an_improvement_that_a_dockerfile_lacks_is_not_left_out() -> None:
    assert without("FROM scratch\n", IMPROVEMENTS["USER"]) is None
    assert texts(None, facts())["image"] == "not in this Dockerfile"


def test_the_whole_is_shown_in_absolute_values() -> None:
    shown = texts(facts(), None)
    assert (shown["image"], shown["source edit"], shown["runs as"]) == ("10.0 MB", "1.0 s", "uid 1001")


def test_the_others_are_shown_as_differences() -> None:
    shown = texts(facts(12_500_000, 3.5, uid=0), facts())
    assert (shown["image"], shown["source edit"], shown["runs as"]) == ("+2.5 MB", "+2.5 s", "uid 0")


def test_a_server_that_does_not_start_is_a_result() -> None:
    shown = texts(facts(uid=None), facts())
    assert (shown["runs as"], shown["log lines"]) == ("doesn't start", "–")


def test_times_are_compared_with_the_faster_of_two_measurements_of_the_whole() -> None:
    shown = [line.cells[1].text for line in rows(facts(seconds=3.0), {"without USER": facts(seconds=2.0)}, facts())]
    assert shown == ["1.0 s", "+1.0 s", "+2.0 s"]


def experiment_that_fails_with(error: WorkbookError, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """An experiment with fixed results whose container fails."""

    def run(experiment: Experiment, options: RunOptions) -> Run:
        raise error

    client: Any = None
    build = Build("ready", 1.0, "sha256:1")
    monkeypatch.setattr(Experiment, "ready", lambda experiment: build)
    monkeypatch.setattr(Experiment, "build", lambda experiment, scenario: build)
    monkeypatch.setattr(Experiment, "image", lambda experiment: Image("sha256:1", 200_000_000, 200_000_000))
    monkeypatch.setattr(Experiment, "run", run)
    return subject_of(client, find("11")).experiment


def test_a_container_that_exits_is_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measured(experiment_that_fails_with(ContainerExited("It exited."), monkeypatch)).run is None


def test_an_engine_that_stops_is_not_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineStopped):
        measured(experiment_that_fails_with(EngineStopped("It stopped."), monkeypatch))


@pytest.mark.engine
def test_a_dockerfile_without_cgo_enabled_0_builds_and_does_not_start(client: docker.DockerClient) -> None:
    section = subject_of(client, find("11")).experiment
    changed = without(section.dockerfile, IMPROVEMENTS["CGO_ENABLED=0"]) or ""
    found = measured(section.altered("ablation", changed))
    assert found.run is None and found.bytes > 0 and found.certificates
