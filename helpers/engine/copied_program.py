"""Runs a program of one image in a container of another image."""

from collections.abc import Iterable
from typing import Any

from docker import DockerClient

from helpers.core.errors import ContainerError
from helpers.core.names import PREFIX
from helpers.engine.ephemeral import created, exit_status, limited, log_of
from helpers.engine.failures import explained
from helpers.engine.network import isolated

_FOLDER = f"/{PREFIX}-program"  # in the container, where no image has anything


def output_of_copy(client: DockerClient, program: str, source: str, image: str, *, timeout: float = 60) -> str:
    """The output (both streams) of a program that is copied from the image `source` into a container of `image`.

    `program` is the absolute path of a file that needs no other file. The container has the image's own environment
    and user; neither image is changed. `timeout` is in seconds.
    Raises ContainerError if the image has no such file, and at the timeout.
    """
    name = program.rpartition("/")[2]
    with explained():
        options: dict[str, Any] = limited() | isolated(client).options | {"entrypoint": [f"{_FOLDER}/{name}"]}
        archive = _archive(client, program, source)
        with created(client, image, [], working_dir=_FOLDER, **options) as container:
            container.put_archive(_FOLDER, archive)
            container.start()
            if exit_status(container, timeout) is None:
                raise ContainerError(f"{program} of {source} did not finish within {timeout:g} s in {image}.")
            return log_of(container, "all")


def _archive(client: DockerClient, path: str, image: str) -> bytes:
    """The file as a tar archive, which is what the engine takes."""
    with created(client, image, [path]) as container:
        chunks: Iterable[bytes] = container.get_archive(path)[0]
        return b"".join(chunks)
