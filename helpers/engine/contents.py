"""What an image holds, found out by reading all of it once."""

from dataclasses import dataclass
from typing import Any

from docker import DockerClient

from helpers.engine.failures import explained
from helpers.engine.filesystem import pile
from helpers.engine.inventory import count
from helpers.engine.layer import BLOCK
from helpers.engine.saved_image import Chunks, SavedImage, read_saved
from helpers.records.image import Contents, Layer

SAVE_SECONDS = 600  # the engine is silent while it writes the whole image to its own disk


@dataclass(frozen=True, slots=True)
class Look:
    """What one reading of an image told."""

    layers: tuple[Layer, ...]
    contents: Contents


_SEEN: dict[str, Look] = {}  # by image ID, under which nothing ever changes


def look_inside(client: DockerClient, image: str) -> Contents:
    """What lies in the image's file system, all layers applied. Streams the whole image: about 7 s a gigabyte."""
    return look(client, image).contents


def look(client: DockerClient, image: str) -> Look:
    """The image's layers and contents, read once and remembered by its ID."""
    with explained():
        identity = str(client.images.get(image).id)
        if identity not in _SEEN:
            saved = _saved(client, identity)
            _SEEN[identity] = Look(saved.history(), count(pile(saved.layers)))
    return _SEEN[identity]


def _saved(client: DockerClient, image: str) -> SavedImage:
    api: Any = client.api
    with api._get(api._url("/images/{0}/get", image), stream=True, timeout=SAVE_SECONDS) as answer:
        api._raise_for_status(answer)
        return read_saved(Chunks(answer.iter_content(BLOCK)))
