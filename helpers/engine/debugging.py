"""Debugging a container whose image has no shell: another container, with tools, shares its namespaces.

https://docs.docker.com/engine/containers/run/#pid-settings---pid
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from docker import DockerClient
from docker.models.containers import Container

from helpers.engine.ephemeral import created, limited, output
from helpers.engine.failures import explained
from helpers.engine.network import isolated

PROCESS = ("cat", "/proc/1/comm")
FILES = ("ls", "/proc/1/root/")


@dataclass(frozen=True)
class Inspected:
    """What can be seen of a running container: from the inside with a shell, and from a container next to it."""

    shell_status: int  # exit status of a shell in the container; not 0 if it has none
    process: str  # the name of its first process
    files: tuple[str, ...]  # in its root folder


def inspected(client: DockerClient, image: str, tools: str, command: Sequence[str] | None = None) -> Inspected:
    """What a shell in a container of the image, and a container of the image `tools` next to it, can see.

    `tools` needs `cat` and `ls`; `command` replaces the image's CMD. Raises ContainerError, EngineStopped.
    """
    with explained(), _started(client, image, command) as container:
        shell = container.exec_run(["sh", "-c", "true"])
        process = output_beside(client, container, tools, PROCESS)
        files = output_beside(client, container, tools, FILES)
    return Inspected(int(shell.exit_code or 0), process.strip(), tuple(files.split()))


def output_beside(client: DockerClient, container: Container, tools: str, command: tuple[str, ...]) -> str:
    """The output of a command in a container that shares the processes and the network of a running one.

    It has the same user and no capabilities that the running one lacks: the kernel only then shows it /proc/1/root.
    """
    shared = f"container:{container.id}"
    user = container.attrs["Config"]["User"]
    return output(client, tools, command, pid_mode=shared, network_mode=shared, user=user)[1]


@contextmanager
def _started(client: DockerClient, image: str, command: Sequence[str] | None) -> Iterator[Container]:
    with created(client, image, command, **limited(), **isolated(client).options) as container:
        container.start()
        yield container
