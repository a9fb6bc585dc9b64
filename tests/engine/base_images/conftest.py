"""What the tests of base images share: a real registry on the loopback, a small image in it, names that go again."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import docker
import pytest
from docker.errors import ImageNotFound

from helpers.engine.base_images import registry
from tests.engine.base_images.images import publish


@pytest.fixture
def names(client: docker.DockerClient) -> Iterator[list[str]]:
    """Names of images that are taken off the engine afterwards."""
    names: list[str] = []
    yield names
    for name in names:
        with suppress(ImageNotFound):
            client.api.remove_image(name)


@pytest.fixture(scope="session")
def registry_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of a real registry, installed or unpacked from its package."""
    return registry.program(tmp_path_factory.mktemp("registry-package"))


@pytest.fixture
def loopback(registry_program: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a real registry with nothing in it."""
    with registry.serving(registry_program, tmp_path) as address:
        yield address


@pytest.fixture
def published(client: docker.DockerClient, loopback: str, names: list[str]) -> str:
    """The reference of an image that the registry has and the engine has not."""
    return publish(client, loopback, names, uuid4().hex)  # an engine asks for no layer that it has
