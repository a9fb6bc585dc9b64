"""What the engine was kept busy with for a run: its builds, its containers, its images' contents, its cache."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The things that take an engine's time."""

    BUILD = "build"  # from the request to the image, in any scenario
    CONTAINER = "container"  # one container's life, created to removed
    SCAN = "look"  # one reading of all that an image holds
    SWEEP = "sweep"  # the removal of what cold builds left in its build cache


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of it."""

    kind: str  # of Kind
    name: str  # whose: "04-copy-go-mod-first", or a variant's name
    seconds: float  # wall
