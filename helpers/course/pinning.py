"""A Dockerfile pinned to digests: the base images that this engine has now, and no others ever after."""

import re

from helpers.course.section import Section
from helpers.course.subject import Subject
from helpers.engine import base_images
from helpers.engine.dockerfile import parent_images
from helpers.records.errors import BaseImageError


def pin(section: Section) -> str:
    """The section's Dockerfile with a digest wherever it names a base image by tag.

    Raises BaseImageError where this engine knows no digest for one.
    """
    return pinned(section.experiment)


def pinned(subject: Subject) -> str:
    """The Dockerfile under experiment with a digest wherever it names a base image by tag.

    Raises BaseImageError where this engine knows no digest for one.
    """
    digests = {image.reference: image.digest for image in base_images.present(subject.client)}
    text = subject.dockerfile
    for reference in parent_images(text):
        text = re.sub(rf"(?<=FROM ){re.escape(reference)}(?=\s)", _known(reference, digests), text)
    return text


def _known(reference: str, digests: dict[str, str]) -> str:
    digest = digests.get(reference)
    if not digest:
        raise BaseImageError(
            f"This engine knows no digest for {reference}.",
            "a digest comes with an image from a registry: `docker pull` it from one",
        )
    return digest
