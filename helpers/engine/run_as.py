"""Which user a container's process is, seen from the host, without waiting for an answer of its server."""

from dataclasses import dataclass, field
from typing import Any

from docker import DockerClient

from helpers.core.records import Process
from helpers.engine.ephemeral import created, limited
from helpers.engine.failures import explained
from helpers.engine.network import isolated
from helpers.engine.procfs import parse_capability_sets, parse_status, status_of


@dataclass(frozen=True)
class Started:
    """A container's first process right after its start, and all of its capability sets by name."""

    process: Process
    capabilities: dict[str, tuple[str, ...]] = field(default_factory=dict)


def start(client: DockerClient, image: str, **options: Any) -> Started:
    """Starts a container of the image as a plain `docker run` does, inspects its process, and removes it.

    It has Docker's default capabilities and may gain new privileges. `options` are those of the SDK's create.
    Raises ContainerError if the engine refuses to start it, for example because it doesn't know the user's name.
    """
    with explained():
        settings = limited(new_privileges=True) | isolated(client).options | options
        with created(client, image, **settings) as container:
            container.start()
            status = status_of(client, container)
            return Started(parse_status(status), parse_capability_sets(status))
