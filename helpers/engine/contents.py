"""What an image holds, found out by reading all of it once."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import cattrs
from docker import DockerClient

from helpers.engine import listing
from helpers.engine.failures import explained
from helpers.engine.filesystem import Folder, pile
from helpers.engine.inventory import count
from helpers.engine.kinds import kinds
from helpers.engine.layer import LayerFiles
from helpers.engine.memory import Memory
from helpers.engine.saved_image import Chunks, SavedImage, read_saved
from helpers.engine.saving import saving
from helpers.engine.tree import tree
from helpers.records.image import Contents, Layer, LayerContents
from helpers.records.printable import printable, with_texts

_FORM = "look-1"  # in the names under which looks are remembered: another one where their form changes
_OF_THIS_PROCESS: Memory = {}


@dataclass(frozen=True, slots=True)
class Look:
    """What one reading of an image told."""

    layers: tuple[Layer, ...]
    contents: Contents


def look_inside(client: DockerClient, image: str, memory: Memory | None = None) -> Contents:
    """What lies in the image's file system, all layers applied. Streams the whole image, once: see `look`."""
    return look(client, image, memory).contents


def look(client: DockerClient, image: str, memory: Memory | None = None, copy: Path | None = None) -> Look:
    """The image's layers and contents, read once and remembered by its ID, under which nothing ever changes.

    Without a `memory` of the caller's, this process remembers for itself. Where the image is read, what `docker save`
    would write goes into the file `copy` on the way.
    """
    memory = _OF_THIS_PROCESS if memory is None else memory
    with explained():
        identity = str(client.images.get(image).id)
        name = f"{_FORM}:{identity}"
        if name not in memory:
            saved = _saved(client, identity, memory, copy)
            root = pile(saved.layers)
            memory[_files_of(identity)] = listing.pack(listing.listing(root))
            memory[name] = _packed(_look(saved, root))
        return with_texts(cattrs.structure(json.loads(memory[name]), Look), printable)


def files(client: DockerClient, image: str, memory: Memory | None = None) -> listing.Listing:
    """Every regular file of the image, with its size; the image is read where that was not done before."""
    memory = _OF_THIS_PROCESS if memory is None else memory
    look(client, image, memory)
    return listing.unpack(memory[_files_of(str(client.images.get(image).id))])


def _files_of(identity: str) -> str:
    return f"files:{identity}"


def _look(saved: SavedImage, root: Folder) -> Look:
    history = saved.history()
    return Look(history, replace(count(root), layers=tuple(map(_layer, history, saved.layers))))


def _layer(layer: Layer, files: LayerFiles) -> LayerContents:
    return LayerContents(layer.created_by, layer.bytes, kinds(files), tree(files))


def _packed(look: Look) -> bytes:
    return json.dumps(cattrs.unstructure(look), ensure_ascii=False).encode()


def _saved(client: DockerClient, image: str, memory: Memory, copy: Path | None) -> SavedImage:
    with saving(client, image, copy) as pieces:
        return read_saved(Chunks(pieces), memory)
