"""Images that are made from another one without a build, on the engine."""

import uuid
from collections.abc import Iterator

import docker
import pytest
from buildkit_session import Context
from docker.errors import ImageNotFound

from helpers.core.errors import WorkbookError
from helpers.core.names import PREFIX
from helpers.core.paths import PROJECT
from helpers.engine import image_routes
from helpers.engine.ephemeral import created
from helpers.engine.request import Request
from helpers.measure import cache_journal

pytestmark = pytest.mark.engine
DOCKERFILE = "FROM scratch\nCOPY go.mod /\nLABEL kept={label}\n"


@pytest.fixture
def label() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def names(client: docker.DockerClient, label: str) -> Iterator[list[str]]:
    """Names of images: of one with the label and without a command, and of two that a test makes."""
    found = [f"{PREFIX}/routes-test:{label}-{number}" for number in range(3)]
    context = Context(PROJECT / "sample_api_golang")
    request = Request(context, DOCKERFILE.format(label=label), tag=found[0])
    cache_journal.build(client, request, scenario="ready")
    yield found
    image_routes.remove(client, found)
    assert client.images.list(f"{PREFIX}/routes-test") == []


def test_commit_and_load_keep_labels_and_import_does_not(
    client: docker.DockerClient, names: list[str], label: str
) -> None:
    described = client.images.get(names[0]).id
    assert image_routes.save_and_load(client, names[0]) == described
    assert client.images.get(names[0]).labels["kept"] == label
    assert client.images.get(image_routes.commit(client, names[0], names[1])).labels["kept"] == label
    assert client.images.get(image_routes.export_and_import(client, names[0], names[2])).labels == {}


def test_an_image_that_the_engine_keeps_is_an_error(client: docker.DockerClient, names: list[str]) -> None:
    repository, _, tag = names[1].rpartition(":")
    assert client.images.get(names[0]).tag(repository, tag)
    with pytest.raises(WorkbookError, match="kept the image"):
        image_routes.save_and_load(client, names[0])
    assert client.images.get(names[0]).id == client.images.get(names[1]).id


def test_the_images_are_removed_although_one_of_them_is_in_use(client: docker.DockerClient, names: list[str]) -> None:
    image_routes.export_and_import(client, names[0], names[1])
    image_routes.export_and_import(client, names[0], names[2])
    with created(client, names[1], ["/none"]), pytest.raises(WorkbookError, match="is using"):
        image_routes.remove(client, names)
    assert [name for name in names if client.images.list(name)] == [names[1]]


def test_the_image_is_removed_before_it_is_loaded(
    client: docker.DockerClient, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(client.images), "load", lambda images, archive: [])
    with pytest.raises(Exception, match="no such image"):
        image_routes.save_and_load(client, names[0])
    with pytest.raises(ImageNotFound):
        client.images.get(names[0])


def test_what_is_not_there_needs_no_removal(client: docker.DockerClient) -> None:
    image_routes.remove(client, [f"{PREFIX}/routes-test:none"])
