"""Pins a Dockerfile's base images to the digests that the engine has now."""

import re

from helpers.course.section import Section
from helpers.course.subject import Subject
from helpers.engine import base_images
from helpers.engine.dockerfile import parent_images
from helpers.records.errors import BaseImageError


def pin(section: Section) -> str:
    """The section's Dockerfile with each base image's tag replaced by its digest.

    Raises BaseImageError if the engine has no digest for a base image.
    """
    return pinned(section.experiment)


def pinned(subject: Subject) -> str:
    """The subject's Dockerfile with each base image's tag replaced by its digest.

    Raises BaseImageError if the engine has no digest for a base image.
    """
    digests = {image.reference: image.digest for image in base_images.present(subject.client)}
    text = subject.dockerfile
    for reference in parent_images(text):
        text = re.sub(rf"(?<=FROM ){re.escape(reference)}(?=\s)", _digest_of(reference, digests), text)
    return text


def _digest_of(reference: str, digests: dict[str, str]) -> str:
    digest = digests.get(reference)
    if not digest:
        raise BaseImageError(
            f"The engine has no digest for {reference}. Only images from a registry have one.",
            f"Pull the image: docker pull {reference}",
        )
    return digest
