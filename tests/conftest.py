"""Shared fixtures: the engine and the Docker CLI. A missing one is a failure, never a skip."""

import docker
import pytest

from helpers.engine.connection import connect
from helpers.setup import docker_command as command_line

pytest_plugins = [
    "tests.fixtures.containers",
    "tests.fixtures.course_runs",
    "tests.fixtures.engines",
    "tests.fixtures.registries",
    "tests.fixtures.replays",
    "tests.fixtures.section_records",
]


@pytest.fixture(scope="session")
def client() -> docker.DockerClient:
    """A client of the engine that the course uses on this machine."""
    return connect()


@pytest.fixture(scope="session")
def docker_command() -> str:
    """The path of a `docker` command that builds with BuildKit."""
    command = command_line.find()
    if command is None:
        pytest.fail("No docker command with BuildKit was found. Install it: python3 -m helpers test --yes")
    return command
