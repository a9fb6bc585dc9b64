"""What every test shares: the engine, which fails and never skips when it is missing."""

import os
import subprocess
from pathlib import Path

import docker
import pytest

from helpers.engine.connection import connect


@pytest.fixture(scope="session")
def client() -> docker.DockerClient:
    """The engine that the course would reach on this machine."""
    return connect()


@pytest.fixture(scope="session")
def docker_command() -> str:
    """A `docker` command line that builds with BuildKit: up to 22 it does by itself, from 23 on it needs buildx."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    for command in (str(Path(folder) / "docker") for folder in folders):
        if os.access(command, os.X_OK) and _builds_with_buildkit(command):
            return command
    pytest.fail("no docker command line with BuildKit: `python3 -m helpers test --yes` installs it")


def _builds_with_buildkit(command: str) -> bool:
    if subprocess.run([command, "buildx", "version"], capture_output=True, check=False, timeout=60).returncode == 0:
        return True
    version = subprocess.run([command, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    return int(version.split()[2].split(".")[0]) < 23
