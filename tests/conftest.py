"""What every test shares: the engine, which fails and never skips when it is missing."""

import docker
import pytest

from helpers.engine.connection import connect
from helpers.setup import docker_command as command_line


@pytest.fixture(scope="session")
def client() -> docker.DockerClient:
    """The engine that the course would reach on this machine."""
    return connect()


@pytest.fixture(scope="session")
def docker_command() -> str:
    """A `docker` command line that builds with BuildKit."""
    command = command_line.find()
    if command is None:
        pytest.fail("no docker command line with BuildKit: `python3 -m helpers test --yes` installs it")
    return command
