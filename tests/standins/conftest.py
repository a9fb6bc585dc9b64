"""Fixtures for base images: a real registry on the loopback, a small image in it, and image names to clean up."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import docker
import pytest
from docker.errors import ImageNotFound

from helpers.standins import local_registry
from tests.standins.images import publish


@pytest.fixture
def names(client: docker.DockerClient) -> Iterator[list[str]]:
    """Image names that are removed from the engine after the test."""
    names: list[str] = []
    yield names
    for name in names:
        with suppress(ImageNotFound):
            client.api.remove_image(name)


@pytest.fixture(scope="session")
def registry_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a real registry's program, installed or unpacked from its package."""
    return local_registry.program(tmp_path_factory.mktemp("registry-package"))


@pytest.fixture
def loopback(registry_program: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a real, empty registry."""
    with local_registry.serving(registry_program, tmp_path) as address:
        yield address


@pytest.fixture
def published(client: docker.DockerClient, loopback: str, names: list[str]) -> str:
    """The reference of an image that is in the registry and not on the engine."""
    return publish(client, loopback, names, uuid4().hex)  # a unique layer: an engine doesn't pull layers that it has
