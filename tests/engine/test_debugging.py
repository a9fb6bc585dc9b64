"""A container that shares another one's namespaces sees its process and its files."""

import docker
import pytest

from helpers.engine.debugging import inspected, output_beside
from helpers.engine.ephemeral import created
from helpers.engine.procfs import helper_image

pytestmark = pytest.mark.engine


def test_the_process_is_that_of_the_container(client: docker.DockerClient) -> None:
    image = helper_image(client)
    with created(client, image, ["sleep", "60"]) as container:
        container.start()
        assert output_beside(client, container, image, ("cat", "/proc/1/comm")) == "sleep\n"


def test_the_files_are_those_of_the_container_and_not_of_the_tools(client: docker.DockerClient) -> None:
    image = helper_image(client)
    with created(client, image, ["sh", "-c", "touch /only-here && exec sleep 60"]) as container:
        container.start()
        while "only-here" not in output_beside(client, container, image, ("ls", "/proc/1/root/")):
            container.reload()
            assert container.status == "running"


def test_a_shell_in_the_container_is_found(client: docker.DockerClient) -> None:
    image = helper_image(client)
    found = inspected(client, image, image, ["sleep", "60"])
    assert (found.shell_status, found.process) == (0, "sleep") and "bin" in found.files
