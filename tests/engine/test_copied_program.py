"""A program of one image runs in another image's container, which is removed afterwards."""

import docker
import pytest

from helpers.core.errors import WorkbookError
from helpers.engine.copied_program import output_of_copy
from helpers.engine.procfs import helper_image

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("all_containers_are_removed")]


def test_the_program_runs_in_the_other_image(client: docker.DockerClient) -> None:
    image = helper_image(client)
    assert output_of_copy(client, "/bin/uname", image, image) == "Linux\n"


def test_the_program_has_the_images_environment(client: docker.DockerClient) -> None:
    image = helper_image(client)
    assert "PATH=" in output_of_copy(client, "/usr/bin/env", image, image)


def test_a_missing_program_is_named(client: docker.DockerClient) -> None:
    image = helper_image(client)
    with pytest.raises(WorkbookError, match="/bin/missing"):
        output_of_copy(client, "/bin/missing", image, image)


def test_a_program_that_does_not_finish_is_an_error(client: docker.DockerClient) -> None:
    image = helper_image(client)
    with pytest.raises(WorkbookError, match=r"/usr/bin/yes .* did not finish within 0\.5 s"):
        output_of_copy(client, "/usr/bin/yes", image, image, timeout=0.5)
