"""The parts of an image: its base image, and what the Dockerfile added to it by category of file."""

from collections import Counter

from helpers.core.records import FileCategory, Measurement

BASE_IMAGE = "base image"


def image_parts(measurement: Measurement) -> dict[str, int]:
    """Bytes of the image by part, a FileCategory or BASE_IMAGE; empty if the image was not scanned.

    All files in the base image's layers are one part, except Go's toolchain.
    """
    if measurement.contents is None or measurement.image is None:
        return {}
    found: Counter[str] = Counter()
    for number, layer in enumerate(measurement.contents.layers):
        in_base = number < measurement.image.base_layers
        for category, size in layer.kinds.items():
            found[BASE_IMAGE if in_base and category != FileCategory.TOOLCHAIN else category] += size
    return dict(found)


def scanned_bytes(measurement: Measurement) -> float | None:
    """Bytes of all parts together; None if the image was not scanned."""
    return sum(image_parts(measurement).values()) or None
