"""A real engine for the tests marked `engine`: the one that `docker` reaches, on Linux and on this machine.

They need nothing from the network: the base image is built from this machine's own programs.
"""

import io
import os
import re
import shutil
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.transport import UnixHTTPAdapter

PROGRAMS = ("sh", "cat", "ls", "sleep", "stat")
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")


@pytest.fixture(scope="session")
def client() -> docker.DockerClient:
    """The engine that DOCKER_HOST names, else the one behind the default socket."""
    found = docker.from_env(timeout=120)
    found.ping()
    return found


@pytest.fixture(scope="session")
def socket_path(client: docker.DockerClient) -> str:
    """The path of the engine's socket on this machine."""
    adapter = client.api.adapters["http+docker://"]
    assert isinstance(adapter, UnixHTTPAdapter)
    return adapter.socket_path


@pytest.fixture(scope="session")
def base(client: docker.DockerClient) -> Iterator[str]:
    """An image with a shell, a handful of programs and the libraries they need."""
    name = f"buildkit-session-test/base:{uuid.uuid4().hex[:8]}"
    client.api.import_image_from_data(root_filesystem(), *name.split(":"))
    yield name
    client.images.remove(name, force=True)


def root_filesystem() -> bytes:
    """A tar of the programs and of what ldd says they load."""
    buffer, needed = io.BytesIO(), set[str]()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as archive:
        for program in PROGRAMS:
            location = shutil.which(program)
            assert location is not None, f"these tests need {program}"
            archive.add(location, f"bin/{program}")
            needed.update(_LIBRARY.findall(subprocess.run(["ldd", location], capture_output=True, text=True).stdout))
        for library in needed:
            archive.add(library, library)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def docker_command() -> str:
    """A `docker` command that builds with BuildKit: one before 23, where it is built in, or one with buildx."""
    for folder in os.get_exec_path():
        if (command := shutil.which("docker", path=folder)) and _builds(command):
            return command
    pytest.fail("no docker command with BuildKit on PATH: install docker-buildx, or the docker.io package of Debian 12")


def _builds(command: str) -> bool:
    version = subprocess.run([command, "--version"], capture_output=True, text=True).stdout
    has_buildx = subprocess.run([command, "buildx", "version"], capture_output=True).returncode == 0
    return has_buildx or int(version.split()[2].split(".")[0]) < 23


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build context that no engine has seen before: one file of 32 characters."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "main.txt").write_text(uuid.uuid4().hex)
    return context


@pytest.fixture
def tag(client: docker.DockerClient) -> Iterator[str]:
    """A name for an image, which is removed afterwards."""
    name = f"buildkit-session-test/{uuid.uuid4().hex[:8]}"
    yield name
    for image in client.images.list(name=name):
        client.images.remove(str(image.id), force=True)
