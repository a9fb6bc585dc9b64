"""Fixtures for the tests of the claims: every section, measured once."""

import docker
import pytest

from tests.claims.subjects import Subjects


@pytest.fixture(scope="session")
def subjects(client: docker.DockerClient) -> Subjects:
    """The sections on the engine that answers."""
    return Subjects(client)
