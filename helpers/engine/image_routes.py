"""Ways by which an image becomes another image without a build: commit, export and import, save and load."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, cast

from docker import DockerClient
from docker.errors import ImageNotFound
from docker.models.containers import Container

from helpers.core.errors import WorkbookError
from helpers.engine import images
from helpers.engine.ephemeral import created
from helpers.engine.failures import explained

_IN_MEMORY = 64_000_000  # bytes of an exported or saved image that are kept in memory; a larger one goes to disk
_COMMAND = ["/none"]  # an image without a command needs one to create a container, which is never started


def commit(client: DockerClient, image: str, name: str) -> str:
    """`docker commit`: an image of a container that was created from `image` and never started. Returns its ID."""
    with _container(client, image) as container:
        container.commit(*_repository_and_tag(name))
    return _identity(client, name)


def export_and_import(client: DockerClient, image: str, name: str) -> str:
    """`docker export`, then `docker import`: an image of the files of a container. Returns its ID."""
    repository, tag = _repository_and_tag(name)
    with _container(client, image) as container, _file(cast("Iterable[bytes]", container.export())) as archive:
        client.api.import_image_from_data(archive, repository=repository, tag=tag)
    return _identity(client, name)


def save_and_load(client: DockerClient, name: str) -> str:
    """`docker save`, then `docker load`: the image is removed in between. Returns its ID.

    Raises WorkbookError, with the image loaded again, if the engine kept it: then the load proves nothing.
    """
    with explained():
        image = client.images.get(name)
        with _file(cast("Iterable[bytes]", image.save(named=name))) as archive:
            client.images.remove(name)
            kept = images.exists(client, str(image.id))
            client.images.load(archive)
    if kept:
        raise WorkbookError(
            f"The engine kept the image {name} when its name was removed.",
            "Remove its other names and the images that were committed from it.",
        )
    return _identity(client, name)


@contextmanager
def _container(client: DockerClient, image: str) -> Iterator[Container]:
    """A container of the image with the image's own command, created but never started."""
    with explained():
        command = None if _has_command(client, image) else _COMMAND
        with created(client, image, command) as container:
            yield container


def _has_command(client: DockerClient, image: str) -> bool:
    configuration = client.images.get(image).attrs.get("Config") or {}
    return bool(configuration.get("Cmd") or configuration.get("Entrypoint"))


@contextmanager
def _file(chunks: Iterable[bytes]) -> Iterator[IO[bytes]]:
    """A temporary file with these bytes, at its start."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        for chunk in chunks:
            file.write(chunk)
        file.seek(0)
        yield file


def _identity(client: DockerClient, name: str) -> str:
    with explained():
        return str(client.images.get(name).id)


def _repository_and_tag(name: str) -> tuple[str, str]:
    repository, _, tag = name.rpartition(":")
    return repository, tag


def remove(client: DockerClient, names: Iterable[str]) -> None:
    """Removes the images with these names, as far as there are any; if one can't be removed, the others still are.

    The last one goes first, as it may have been made from the others.
    """
    with explained(), ExitStack() as stack:
        for name in names:
            stack.callback(_remove, client, name)


def _remove(client: DockerClient, name: str) -> None:
    with suppress(ImageNotFound):
        client.images.remove(name)
