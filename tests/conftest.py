"""What every test shares: the engine, which fails and never skips when it is missing."""

import docker
import pytest

from helpers.engine.connection import connect


@pytest.fixture(scope="session")
def client() -> docker.DockerClient:
    """The engine that the course would reach on this machine."""
    return connect()
