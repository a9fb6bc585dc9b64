"""A container that shares another one's namespaces sees its process and its files."""

import docker
import pytest

from helpers.engine.debugging import inspected, output_beside
from helpers.engine.ephemeral import created
from helpers.engine.procfs import helper_image

pytestmark = pytest.mark.engine


def test_a_shell_in_the_container_runs_if_there_is_one(client: docker.DockerClient) -> None:
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


def test_an_image_with_a_shell_is_told_from_one_without(client: docker.DockerClient) -> None:
    image = helper_image(client)
    assert inspected(client, image, image).shell_status == 0
