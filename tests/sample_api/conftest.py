"""Paths and fixtures for the tests of the sample API."""

from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from buildkit_session import Context

from helpers.core.names import PREFIX
from helpers.core.records import Build
from helpers.engine import images
from helpers.engine.request import Request
from helpers.measure import cache_journal

PROJECT = Path(__file__).parents[2]
SAMPLE = PROJECT / "sample_api_golang"
DOCKERFILES = PROJECT / "dockerfiles"

Builder = Callable[[str, Context, str], Build]


@pytest.fixture(scope="session")
def built(client: docker.DockerClient) -> Iterator[Builder]:
    """A function that builds an image from a name, context and Dockerfile. All images are removed after the tests."""
    names: set[str] = set()

    def build(name: str, context: Context, dockerfile: str) -> Build:
        names.add(tag := f"{PREFIX}/test-{name}")
        with images.replacing(client, tag):
            return cache_journal.build(client, Request(context, dockerfile, tag=tag), scenario="warm")

    yield build
    for tag in names:
        client.images.remove(tag, force=True)
