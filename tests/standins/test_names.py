"""Stand-ins never have an official name: one of an earlier version is renamed, and official images replace them."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import docker
import pytest

from helpers.core.errors import BaseImageError
from helpers.core.records import BaseImage
from helpers.engine.image_source import STAND_IN, split, stand_in_name
from helpers.engine.pull import RegistryOutOfReach
from helpers.standins import ensure, present, registry_check
from tests.engine.tars import file, tar
from tests.fixtures.engines import OwnEngine

OURS = stand_in_name("golang")


def stand_in(client: docker.DockerClient, name: str, reference: str = "golang") -> str:
    """Makes a small stand-in for that reference, under that name; returns its ID."""
    repository, tag = split(name)
    label = f'LABEL {STAND_IN}="{reference}"'
    client.api.import_image_from_data(tar([file("a", b"1")]), repository=repository, tag=tag, changes=[label])
    return str(client.images.get(name).id)


def tags(client: docker.DockerClient) -> set[str]:
    return {tag for each in client.images.list() for tag in each.tags}


def ensured(client: docker.DockerClient, consent: bool | Callable[[str], bool]) -> list[str]:
    """What `ensure` says about `golang`."""
    said: list[str] = []
    ensure(client, consent=consent, references=["golang"], on_progress=lambda _: None, say=said.append)
    return said


@pytest.mark.engine
def test_a_stand_in_of_an_earlier_version_is_renamed_with_consent(own_engine: OwnEngine) -> None:
    client = own_engine.client
    identity = stand_in(client, "golang")
    client.containers.create("golang", ["/x"], name="users", network_mode="none")
    asked: list[str] = []

    def agree(question: str) -> bool:
        asked.append(question)
        return True

    said = ensured(client, agree)

    assert said == asked and "official names golang" in asked[0]
    assert tags(client) == {OURS}
    (image,) = present(client, ["golang"])
    assert (image.id, image.name, image.reference, image.source) == (identity, OURS, "golang", "stand-in")
    assert ensured(client, consent=False) == []


@pytest.mark.engine
def test_it_keeps_its_name_without_consent_and_that_is_said(own_engine: OwnEngine) -> None:
    stand_in(own_engine.client, "golang")

    *_, last = ensured(own_engine.client, consent=False)

    assert "python3 -m helpers run --yes" in last
    assert tags(own_engine.client) == {"golang:latest"}
    assert present(own_engine.client, ["golang"])[0].is_stand_in


@pytest.mark.engine
def test_an_image_that_the_user_built_on_a_stand_in_keeps_the_official_name(own_engine: OwnEngine) -> None:
    client = own_engine.client
    stand_in(client, OURS)
    made = client.containers.create(OURS, ["/x"], network_mode="none")
    made.put_archive("/", tar([file("b", b"2")]))
    made.commit("golang", tag="latest")

    assert ensured(client, consent=True) == []
    assert tags(client) == {OURS, "golang:latest"}
    assert present(client, ["golang"])[0].source == "local"


@pytest.mark.engine
def test_official_images_replace_stand_ins(client: docker.DockerClient, published: str) -> None:
    ours = stand_in_name(published)
    stand_in(client, ours, published)
    said: list[str] = []

    (image,) = ensure(
        client, consent=False, references=[published], on_progress=lambda _: None, say=said.append, official=True
    )

    assert (image.source, image.name) == ("registry", published)
    assert said == [f"Images to pull: {published}.", f"Removed stand-in {ours}."]
    assert ours not in tags(client)


@pytest.mark.engine
def test_a_stand_in_stays_if_its_official_image_cannot_be_pulled(own_engine: OwnEngine) -> None:
    stand_in(own_engine.client, OURS)

    with pytest.raises(RegistryOutOfReach):
        ensure(own_engine.client, consent=True, references=["golang"], on_progress=lambda _: None, official=True)
    assert tags(own_engine.client) == {OURS}


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[object]:
    """The answers of a registry, the next one last: True, or the error that it leads to."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    answers: list[object] = []

    def probe(client: object, reference: str, seconds: float | None = None) -> None:
        if isinstance(answer := answers.pop(), Exception):
            raise answer

    monkeypatch.setattr(registry_check, "probe", probe)
    return answers


IMAGES = [BaseImage("golang", "", "stand-in"), BaseImage("golang:1.19-bullseye", "", "registry")]
ENGINE = docker.DockerClient("unix:///nowhere", version="1.41")


def test_a_registry_that_answers_is_offered_and_asked_once_a_day(probes: list[object]) -> None:
    probes[:] = [RegistryOutOfReach("no such host"), True]
    assert registry_check.offer(ENGINE, IMAGES) == registry_check.offer(ENGINE, IMAGES) == registry_check.OFFER
    assert len(probes) == 1, "asked once"

    key, asked, answer = json.loads(registry_check.answer_file().read_text())
    registry_check.answer_file().write_text(json.dumps([key, asked - 90_000, answer]))
    assert registry_check.offer(ENGINE, IMAGES) == ""
    assert probes == []


@pytest.mark.parametrize("error", [RegistryOutOfReach("no such host"), BaseImageError("rate limit")])
def test_a_registry_that_would_not_serve_the_images_is_not_offered(probes: list[object], error: Exception) -> None:
    probes[:] = [True, error]
    assert registry_check.offer(ENGINE, IMAGES) == registry_check.offer(ENGINE, IMAGES) == ""
    assert probes == [True]


def test_without_stand_ins_no_registry_is_asked(probes: list[object]) -> None:
    assert registry_check.offer(ENGINE, IMAGES[1:]) == ""
    assert not registry_check.answer_file().exists()


def test_a_damaged_answer_is_asked_for_again(probes: list[object]) -> None:
    registry_check.answer_file().parent.mkdir(parents=True)
    registry_check.answer_file().write_text("{")
    probes[:] = [True]
    assert registry_check.offer(ENGINE, IMAGES) == registry_check.OFFER


def test_a_silent_registry_delays_a_start_by_no_more_than_the_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(registry_check, "SECONDS", 0.05)
    answered = Event()
    monkeypatch.setattr(registry_check, "probe", lambda *_: answered.wait(30))
    assert registry_check.offer(ENGINE, IMAGES) == ""
    answered.set()
    until = time.monotonic() + 10
    while not registry_check.answer_file().exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert registry_check.offer(ENGINE, IMAGES) == registry_check.OFFER  # the late answer counts for the next start
