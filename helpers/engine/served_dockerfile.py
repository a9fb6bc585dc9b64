"""The Dockerfile as the engine gets it: it names the stand-in of each official image that the engine doesn't have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import docker

from helpers.core.records import BaseImage
from helpers.engine.base_images import found
from helpers.engine.image_references import image_references, with_images
from helpers.engine.image_source import full, normal
from helpers.engine.request import Request


@dataclass(frozen=True)
class ServedDockerfile:
    """A Dockerfile's text as it is sent to the engine, and the images that it names."""

    text: str
    images: Mapping[str, BaseImage] = field(default_factory=dict)  # by reference as written; those on the engine

    @cached_property
    def stand_ins(self) -> dict[str, str]:
        """The names of the stand-ins in the text, by the reference that each replaces."""
        return {reference: image.name for reference, image in self.images.items() if image.name != reference}

    def as_written(self, text: str) -> str:
        """The engine's text with the references of the Dockerfile in place of the stand-ins' names."""
        for name, shown in self._shown:  # for every line of a build's log, so the names are prepared
            text = text.replace(name, shown)
        return text

    @cached_property
    def _shown(self) -> list[tuple[str, str]]:
        """What each name of a stand-in is replaced by: first those with a registry, then those without."""
        known = self.stand_ins.items()
        whole = [(full(name), full(normal(reference))) for reference, name in known]
        return [*whole, *((name, reference) for reference, name in known)]


def served(client: docker.DockerClient, request: Request) -> ServedDockerfile:
    """The request's Dockerfile with the stand-ins that the engine has for images that it lacks.

    An official image that the engine has is never replaced. Raises the SDK's errors.
    """
    named = dict.fromkeys(each.image for each in image_references(request.dockerfile, request.build_args))
    images = {reference: image for reference in named if (image := found(client, reference))}
    replaced = ServedDockerfile(request.dockerfile, images).stand_ins
    return ServedDockerfile(with_images(request.dockerfile, replaced, request.build_args), images)
