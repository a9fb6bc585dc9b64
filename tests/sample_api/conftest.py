"""What the tests of the sample API share: where it lies, and builds of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from helpers.engine import buildkit
from helpers.engine.building import build
from helpers.engine.names import PREFIX

PROJECT = Path(__file__).parents[2]
SAMPLE = PROJECT / "sample_api_golang"
DOCKERFILES = PROJECT / "dockerfiles"

# Builds an image from a Dockerfile's text and a folder; it is gone when the tests are done. Returns its name.
Builder = Callable[[str, str, Path], str]


@pytest.fixture(scope="session")
def built(client: docker.DockerClient) -> Iterator[Builder]:
    """Builds images of the tests' own, each once, and removes them at the end."""
    names: set[str] = set()

    def one(name: str, dockerfile: str, folder: Path) -> str:
        tag = f"{PREFIX}/test-{name}"
        if tag not in names:
            build(client, buildkit.Request(buildkit.Context(folder), dockerfile, tag=tag), scenario="warm")
            names.add(tag)
        return tag

    yield one
    for tag in names:
        client.images.remove(tag, force=True)
