"""What the course shows is from a replay: which recording it is, and its date in the base images."""

from collections.abc import Iterable
from dataclasses import replace

from helpers.core.records import BaseImage, Replay
from helpers.engine import recording


def current() -> Replay | None:
    """The recording that this process plays; None if an engine is used."""
    header = recording.played()
    return Replay(header.recorded, header.engine, header.machine) if header else None


def dated(images: Iterable[BaseImage]) -> tuple[BaseImage, ...]:
    """The base images; in a replay, each has the date of the recording."""
    replay = current()
    return tuple(replace(image, recorded=replay.recorded) if replay else image for image in images)
