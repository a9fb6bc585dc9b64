"""Two notebooks of one run on a real engine: what one has measured, the other takes over, or measures again if lost."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from helpers.core.records import Kind
from helpers.engine import images
from helpers.measure import cache_journal, shared_facts
from helpers.measure.experiment import EVICTED, Experiment
from helpers.measure.project import Project
from helpers.measure.shared_facts import GONE, NOTHING_SHARED, RUN, SharedFacts
from helpers.measure.store import Store

pytestmark = pytest.mark.engine

# The last stage has a shell and answers no request: it is built, and its output is read
DOCKERFILE = """\
FROM golang:1.19-bullseye AS build
WORKDIR /app
COPY go.mod ./
RUN echo {nonce} > /downloaded
COPY . .
RUN cat main.go /downloaded > /program
FROM scratch
COPY --from=build /program /program
"""
Open = Callable[[str], Experiment]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv(RUN, "run")
    return Store()


@pytest.fixture
def opened(client: docker.DockerClient, store: Store, tmp_path: Path) -> Iterator[Open]:
    """Opens the same small project as a notebook of the run does that has just started."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/a\n")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    tag, text = f"dockerfile-workbook/test-{uuid.uuid4().hex[:8]}", DOCKERFILE.format(nonce=uuid.uuid4().hex)

    def opening(section: str) -> Experiment:
        sharing = SharedFacts(store, "run", "secret", section)
        return Experiment(client, "test", text, Project(folder), tag=tag, sharing=sharing)

    yield opening
    for image in client.images.list(name=tag):
        client.images.remove(str(image.id), force=True)
    cache_journal.sweep(client)


def built(store: Store) -> int:
    """How many builds the engine has made in this run."""
    return len([work for work in store.work_of("run") if work.kind == Kind.BUILD])


def test_two_notebooks_build_once(opened: Open, store: Store) -> None:
    first, second = opened("04-first"), opened("05-second")
    own = {scenario: first.build(scenario) for scenario in ("cold", "unchanged", "source-edit")}
    assert built(store) == 3
    taken = {scenario: second.build(scenario) for scenario in own}
    assert built(store) == 3
    assert taken == {scenario: replace(build, measured_in="04-first") for scenario, build in own.items()}
    assert second.image() == first.image() and second.contents() == first.contents()
    assert store.work_of("run")[-1].kind == Kind.SCAN  # of the first notebook; the second found it in the cache
    assert [work.kind for work in store.work_of("run")].count(Kind.SCAN) == 1
    assert shared_facts.tally(store, "run").repeated == 0


def test_a_further_scenario_is_measured_in_the_lineage_that_was_taken_over(opened: Open, store: Store) -> None:
    opened("04-first").build("cold")
    second = opened("05-second")
    edited = second.build("source-edit")  # needs a cold build, which it takes over
    assert built(store) == 2 and edited.measured_in == "" and edited.notes == ()
    assert not edited.ran("RUN echo") and edited.ran("RUN cat")
    assert second.ready().measured_in == "04-first"
    assert opened("06-third").build("source-edit").measured_in == "05-second"


def test_repeats_are_made_once_and_taken_over_in_their_order(opened: Open, store: Store) -> None:
    first, second = opened("04-first"), opened("05-second")
    first.measure("cold", repeats=2)
    first.measure("source-edit", repeats=2)
    made = built(store)
    second.measure("cold", repeats=2)
    second.measure("source-edit", repeats=2)
    assert built(store) == made == 6
    assert second.measurement.seconds_of("source-edit") == first.measurement.seconds_of("source-edit")
    second.measure("source-edit")
    assert built(store) == made + 1


def test_a_cold_build_whose_image_was_removed_is_made_again(
    client: docker.DockerClient, opened: Open, store: Store
) -> None:
    cold = opened("04-first").build("cold")
    client.images.remove(cold.image_id, force=True)
    again = opened("05-second").build("cold")
    assert (again.measured_in, again.notes) == ("", (GONE.format(number="04"),)) and built(store) == 2
    assert images.exists(client, again.image_id)


def test_a_build_that_is_taken_over_gets_its_tag_back(client: docker.DockerClient, opened: Open) -> None:
    first, second = opened("04-first"), opened("05-second")
    cold = first.build("cold")
    client.images.get(cold.image_id).tag(f"{first.tag}-kept")
    try:
        first.altered("other", first.dockerfile + "LABEL a=b\n").ready()
        client.images.get(f"{first.tag}:other").tag(first.tag)
        assert second.ready().image_id == client.images.get(first.tag).id == cold.image_id
    finally:
        client.images.remove(f"{first.tag}-kept")


def test_what_the_engine_has_removed_from_its_cache_is_noticed(
    client: docker.DockerClient, opened: Open, store: Store
) -> None:
    first = opened("04-first")
    first.build("cold")
    assert cache_journal.sweep(client) > 0  # of our builds only
    build = first.build("source-edit")
    assert build.notes == (EVICTED.format(step=DOCKERFILE.splitlines()[3].format(nonce=_nonce(first))),)
    assert not build.ran("RUN echo") and build.ran("RUN cat")  # as if nothing had been removed
    made = built(store)
    second = opened("05-second")
    assert second.build("cold").measured_in == second.build("source-edit").measured_in == "04-first"
    assert built(store) == made
    assert not second.build("dependency-edit").notes
    assert shared_facts.tally(store, "run").repeated == 0


def _nonce(experiment: Experiment) -> str:
    return experiment.dockerfile.partition("echo ")[2].partition(" ")[0]


def test_nothing_is_shared_with_an_exercise_or_once_the_dockerfile_is_edited(opened: Open, tmp_path: Path) -> None:
    experiment = opened("04-first")
    assert experiment.altered("variant", experiment.dockerfile).sharing is experiment.sharing
    assert experiment.altered("your-turn", experiment.dockerfile, alone=True).sharing is NOTHING_SHARED
    experiment.path = tmp_path / "Dockerfile"
    experiment.path.write_text(f"{experiment.dockerfile}LABEL edited=true\n")
    assert experiment.reload() and experiment.sharing is NOTHING_SHARED
