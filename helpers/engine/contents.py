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
from helpers.engine.layer import Cache, LayerFiles
from helpers.engine.saved_image import Chunks, SavedImage, read_saved
from helpers.engine.saving import saving
from helpers.engine.tree import tree
from helpers.records.image import Contents, Layer, LayerContents
from helpers.records.printable import printable, with_texts

_FORM = "look-1"  # in the names under which looks are remembered: another one where their form changes
_OF_THIS_PROCESS: Cache = {}


@dataclass(frozen=True, slots=True)
class Scan:
    """What one reading of an image told."""

    layers: tuple[Layer, ...]
    contents: Contents


def scan_contents(client: DockerClient, image: str, cache: Cache | None = None) -> Contents:
    """What lies in the image's file system, all layers applied. Streams the whole image, once: see `look`."""
    return scan(client, image, cache).contents


def scan(client: DockerClient, image: str, cache: Cache | None = None, copy: Path | None = None) -> Scan:
    """The image's layers and contents, read once and remembered by its ID, under which nothing ever changes.

    Without a `memory` of the caller's, this process remembers for itself. Where the image is read, what `docker save`
    would write goes into the file `copy` on the way.
    """
    cache = _OF_THIS_PROCESS if cache is None else cache
    with explained():
        identity = str(client.images.get(image).id)
        name = f"{_FORM}:{identity}"
        if name not in cache:
            saved = _saved(client, identity, cache, copy)
            root = pile(saved.layers)
            cache[_files_of(identity)] = listing.pack(listing.listing(root))
            cache[name] = _packed(_scan(saved, root))
        return with_texts(cattrs.structure(json.loads(cache[name]), Scan), printable)


def files(client: DockerClient, image: str, cache: Cache | None = None) -> listing.Listing:
    """Every regular file of the image, with its size; the image is read where that was not done before."""
    cache = _OF_THIS_PROCESS if cache is None else cache
    scan(client, image, cache)
    return listing.unpack(cache[_files_of(str(client.images.get(image).id))])


def _files_of(identity: str) -> str:
    return f"files:{identity}"


def _scan(saved: SavedImage, root: Folder) -> Scan:
    history = saved.history()
    return Scan(history, replace(count(root), layers=tuple(map(_layer, history, saved.layers))))


def _layer(layer: Layer, files: LayerFiles) -> LayerContents:
    return LayerContents(layer.created_by, layer.bytes, kinds(files), tree(files))


def _packed(scan: Scan) -> bytes:
    return json.dumps(cattrs.unstructure(scan), ensure_ascii=False).encode()


def _saved(client: DockerClient, image: str, cache: Cache, copy: Path | None) -> SavedImage:
    with saving(client, image, copy) as pieces:
        return read_saved(Chunks(pieces), cache)
