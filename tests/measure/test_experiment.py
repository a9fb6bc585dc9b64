"""Scenarios on a real engine: what is cached, what is left behind, and that each value is measured once."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from helpers.core.errors import WorkbookError
from helpers.core.records import Build, Packages, Scenario
from helpers.engine import container, images
from helpers.engine.base_images import found
from helpers.engine.build_cache import cache_records
from helpers.engine.image_scan import packages
from helpers.measure import cache_journal
from helpers.measure.experiment import Experiment, in_turns
from helpers.measure.facts import Facts
from helpers.measure.project import Project

pytestmark = pytest.mark.engine

DOCKERFILE = """\
FROM golang:1.19-bullseye AS build
WORKDIR /app
COPY go.mod ./
RUN --mount=type=cache,target=/cached echo {nonce} && date +%N >> /cached/times && wc -l < /cached/times
COPY . .
RUN cat main.go > /program
FROM scratch
COPY --from=build /program /program
"""


@pytest.fixture
def experiment(client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Experiment]:
    """An experiment on a small project; its builds' cache records are removed afterwards."""
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/a\n")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    tag = f"dockerfile-workbook/test-{uuid.uuid4().hex[:8]}"
    yield Experiment(client, "test", DOCKERFILE.format(nonce=uuid.uuid4().hex), Project(folder), tag=tag)
    for image in client.images.list(name=tag):
        client.images.remove(str(image.id), force=True)
    cache_journal.sweep(client)


def test_cold_runs_everything_and_has_an_empty_cache_mount(experiment: Experiment) -> None:
    experiment.ready()
    experiment.ready()
    cold = experiment.build("cold")
    assert {step.cached for step in cold.instructions if step.keyword in ("RUN", "COPY")} == {False}
    assert cold.find("RUN --mount").log.split()[-1] == "1"


def test_unchanged_runs_nothing(experiment: Experiment) -> None:
    assert {step.cached for step in experiment.build("unchanged").instructions} == {True, None}


def test_a_source_edit_runs_what_depends_on_the_source(experiment: Experiment) -> None:
    build = experiment.build("source-edit")
    assert not build.ran("RUN --mount") and build.ran("COPY . .") and build.ran("RUN cat main.go")


def test_a_dependency_edit_runs_the_download_with_a_filled_mount(experiment: Experiment) -> None:
    experiment.build("cold")
    build = experiment.build("dependency-edit")
    assert build.ran("COPY go.mod") and build.find("RUN --mount").log.split()[-1] == "2"


def test_an_edit_is_new_each_time(experiment: Experiment) -> None:
    assert experiment.measure("source-edit").ran("COPY . .")
    assert experiment.measure("source-edit").ran("COPY . .")


def test_a_value_is_measured_once(experiment: Experiment) -> None:
    assert experiment.build("cold") is experiment.build("cold")
    assert experiment.image() is experiment.image()
    assert experiment.ready() is experiment.build("cold")


def test_another_cold_build_forgets_the_previous_image(experiment: Experiment) -> None:
    before = experiment.image()
    experiment.measure("cold")
    assert experiment.image() is not before and experiment.image().id == experiment.build("cold").image_id


def test_an_image_that_another_notebook_replaced_is_built_again(
    client: docker.DockerClient, experiment: Experiment
) -> None:
    cold = experiment.build("cold")
    client.images.remove(cold.image_id, force=True)
    assert experiment.image().id == cold.image_id
    assert experiment.ready() is cold


def test_an_edited_image_is_not_left_behind(client: docker.DockerClient, experiment: Experiment) -> None:
    build = experiment.build("source-edit")
    with pytest.raises(docker.errors.ImageNotFound):
        client.images.get(build.image_id)


def test_a_build_records_what_was_built(client: docker.DockerClient, experiment: Experiment) -> None:
    (experiment.project.folder / ".dockerignore").write_text("ignored\n")
    cold = experiment.build("cold").input
    assert cold and (cold.dockerfile, cold.file) == (experiment.dockerfile, "Dockerfile")
    known = found(client, "golang:1.19-bullseye")
    base = client.images.get(known.id if known else "").attrs
    assert list(cold.base_images) == ["golang:1.19-bullseye"]
    assert cold.base_images["golang:1.19-bullseye"] in (base["Id"], *base["RepoDigests"])
    assert cold.platform == f"{base['Os']}/{base['Architecture']}" and cold.build_args == {}
    (experiment.project.folder / "ignored").write_text("not sent")
    assert experiment.build("unchanged").input == cold
    edited = experiment.build("source-edit").input
    assert edited and edited.context_digest not in (cold.context_digest, None)
    assert replace(edited, context_digest=cold.context_digest) == cold
    (experiment.project.folder / "main.go").write_text("package main\n\nfunc main() { }\n")
    changed = experiment.measure("unchanged").input
    assert changed and changed.context_digest not in (cold.context_digest, edited.context_digest, None)


def test_the_workbooks_own_build_argument_masks_nothing(experiment: Experiment) -> None:
    named = experiment.altered("named", experiment.dockerfile + 'LABEL by="dockerfile-workbook"\n')
    build = named.build("unchanged")  # not cold: the cache namespace is the workbook's name
    assert build.input and 'LABEL by="dockerfile-workbook"' in build.input.dockerfile


def test_an_output_that_several_proofs_need_is_read_once(
    client: docker.DockerClient, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = experiment.altered("shell", experiment.dockerfile.partition("FROM scratch")[0])
    commands: list[tuple[str, ...]] = []

    def output(client: docker.DockerClient, image: str, command: tuple[str, ...]) -> tuple[int, str]:
        commands.append(command)
        return 0, f"{image} {len(commands)}"

    monkeypatch.setattr(container, "output", output)
    assert shell.output_once("go", "version") == shell.output_once("go", "version")
    assert shell.output_once("pwd") != shell.output_once("go", "version") and len(commands) == 2
    shell.output("pwd"), shell.output("pwd")
    assert len(commands) == 4
    shell.measure("cold")
    shell.output_once("pwd")
    assert len(commands) == 5


def test_the_measurement_has_only_what_was_measured(experiment: Experiment) -> None:
    experiment.build("unchanged")
    known = experiment.measurement
    assert list(known.builds) == ["unchanged"]
    assert (known.image, known.run, known.contents, known.packages) == (None, None, None, None)
    assert experiment.contents().paths and experiment.measurement.contents is experiment.contents()


def test_packages_are_measured_separately_and_forgotten_with_their_image(experiment: Experiment) -> None:
    assert experiment.contents() and experiment.measurement.packages is None
    expected = Packages() if packages.program() else None
    assert experiment.packages() == expected and experiment.measurement.packages == expected
    experiment.measure("cold")
    assert experiment.facts.packages is None


def test_a_small_image_has_its_transfer_size(experiment: Experiment) -> None:
    sent = experiment.image().transfer_bytes
    assert sent is not None and 50 < sent < 1000  # one layer with one file of a few bytes
    assert experiment.contents() and experiment.measurement.image == experiment.image()


def test_a_large_image_has_it_after_a_scan(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "SMALL", 0)
    before = experiment.image()  # with overlay2, nothing is read for it
    assert experiment.contents() and experiment.image().transfer_bytes
    assert experiment.measurement.image == replace(before, transfer_bytes=experiment.image().transfer_bytes)


def test_the_sweep_removes_only_our_records(client: docker.DockerClient, experiment: Experiment) -> None:
    before = cache_records(client).keys()
    experiment.build("cold")
    ours = cache_records(client).keys() - before
    assert len(ours) > 3
    cache_journal.sweep(client)
    left = cache_records(client).keys()
    assert not ours & left and before <= left


def test_an_unknown_scenario_is_refused(experiment: Experiment) -> None:
    with pytest.raises(WorkbookError, match="source-edit"):
        experiment.build("lukewarm")


def test_of_several_builds_the_median_and_all_seconds_are_kept(experiment: Experiment) -> None:
    build = experiment.measure("source-edit", repeats=3)
    measurement = experiment.measurement
    seconds = measurement.seconds_of("source-edit")
    assert len(seconds) == 3
    assert build.seconds == sorted(seconds)[1] == measurement.builds["source-edit"].seconds
    assert "cold" not in measurement.builds, "a preparing build is not measured"


def test_each_repeat_starts_from_its_own_cache(experiment: Experiment) -> None:
    """The mount contains what the cold build left there, and nothing from earlier repeats."""
    experiment.measure("dependency-edit", repeats=2)
    assert experiment.build("dependency-edit").find("RUN --mount").log.split()[-1] == "2"


def test_two_are_measured_in_turns(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    other = experiment.altered("other", experiment.dockerfile + "LABEL other=true\n")
    turns: list[str] = []
    once = Experiment.once

    def recorded(self: Experiment, scenario: Scenario, afresh: bool) -> Build:
        turns.append(self.name)
        return once(self, scenario, afresh)

    monkeypatch.setattr(Experiment, "once", recorded)
    in_turns([other, experiment], "unchanged", 2)
    assert turns == ["other", "test", "other", "test"]
    assert [len(each.measurement.seconds_of("unchanged")) for each in (other, experiment)] == [2, 2]


def test_zero_repeats_are_refused(experiment: Experiment) -> None:
    with pytest.raises(WorkbookError, match="Set repeats to 1 or more"):
        experiment.measure("unchanged", repeats=0)


def test_a_changed_dockerfile_is_built_only_after_it_was_read_again(experiment: Experiment, tmp_path: Path) -> None:
    experiment.path = tmp_path / "Dockerfile"
    experiment.path.write_text(experiment.dockerfile)
    before = experiment.ready()
    assert not experiment.reload() and experiment.ready() is before
    experiment.path.write_text(f"{experiment.dockerfile}LABEL changed=true\n")
    assert experiment.ready() is before
    assert experiment.reload() and experiment.facts == Facts()
    assert experiment.image().labels == {"changed": "true"}
