"""The base images that the engine has: the official ones, or the course's stand-ins under their own names."""

from contextlib import suppress

import docker
from docker.errors import APIError, InvalidRepository, NotFound

from helpers.core.records import BaseImage
from helpers.engine import image_source
from helpers.engine.image_source import stand_in_name


def found(client: docker.DockerClient, reference: str) -> BaseImage | None:
    """The image that the engine has for that reference, None if it has none; uses no network.

    The image under the reference itself goes before a stand-in. There is none for a text that isn't a valid reference.
    Raises the SDK's errors.
    """
    return _named(client, reference, reference) or next(iter(stand_ins(client, reference)), None)


def stand_ins(client: docker.DockerClient, reference: str) -> list[BaseImage]:
    """The stand-ins that the engine has for that reference: under its own name, and under the reference itself.

    Earlier versions of the course gave stand-ins the official name. There is none for a digest. Raises the SDK's
    errors.
    """
    if "@" in reference:
        return []
    with suppress(InvalidRepository):
        named = (_named(client, reference, name) for name in (stand_in_name(reference), reference))
        return [image for image in named if image and image.is_stand_in]
    return []


def _named(client: docker.DockerClient, reference: str, name: str) -> BaseImage | None:
    try:
        return image_source.base_image(reference, client.images.get(name).attrs, name)
    except APIError as error:
        if isinstance(error, NotFound) or error.is_client_error():
            return None  # no such image, or a name that the engine refuses
        raise
