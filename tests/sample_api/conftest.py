"""What the tests of the sample API share: where it lies, and builds that leave nothing behind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from buildkit_session import Context

from helpers.engine import images
from helpers.engine.names import PREFIX
from helpers.engine.request import Request
from helpers.experiment import cache_journal
from helpers.records import Build

PROJECT = Path(__file__).parents[2]
SAMPLE = PROJECT / "sample_api_golang"
DOCKERFILES = PROJECT / "dockerfiles"

Builder = Callable[[str, Context, str], Build]


@pytest.fixture(scope="session")
def built(client: docker.DockerClient) -> Iterator[Builder]:
    """Builds an image by the name, context and Dockerfile given; all of them are gone when the tests are done."""
    names: set[str] = set()

    def one(name: str, context: Context, dockerfile: str) -> Build:
        names.add(tag := f"{PREFIX}/test-{name}")
        with images.replacing(client, tag):
            return cache_journal.build(client, Request(context, dockerfile, tag=tag), scenario="warm")

    yield one
    for tag in names:
        client.images.remove(tag, force=True)
