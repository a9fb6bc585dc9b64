"""The engine's work for a run: builds, containers, image scans, cache cleanup."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of work that take the engine's time."""

    BUILD = "build"  # from the request to the image, in any scenario
    CONTAINER = "container"  # one container, from creation to removal
    SCAN = "look"  # one scan of an image's contents
    SWEEP = "sweep"  # removing cold builds' records from the build cache


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of the engine's work."""

    kind: str  # a value of Kind
    name: str  # of the measurement: "04-copy-go-mod-first", or a variant's name
    seconds: float  # wall time
