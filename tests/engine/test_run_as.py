"""The user and the capabilities of a container's process, on the engine."""

import docker
import pytest

from helpers.core.errors import ContainerError
from helpers.engine import run_as
from helpers.engine.procfs import helper_image as base

pytestmark = pytest.mark.engine
SLEEP = ["sleep", "60"]


def test_root_has_dockers_default_capabilities(client: docker.DockerClient) -> None:
    started = run_as.start(client, base(client), command=SLEEP)
    assert (started.process.uid, started.process.gid, started.process.no_new_privileges) == (0, 0, False)
    assert started.process.has_dockers_default
    assert started.capabilities["permitted"] == started.capabilities["effective"] != ()
    assert started.capabilities["ambient"] == ()


def test_another_user_keeps_only_the_bounding_set(client: docker.DockerClient) -> None:
    started = run_as.start(client, base(client), command=SLEEP, user="1001:1002")
    assert (started.process.uid, started.process.gid) == (1001, 1002)
    assert [name for name, capabilities in started.capabilities.items() if capabilities] == ["bounding"]


def test_a_name_that_the_image_lacks_is_refused(client: docker.DockerClient) -> None:
    with pytest.raises(ContainerError, match="unable to find user"):
        run_as.start(client, base(client), command=SLEEP, user="nobody-has-this-name")
