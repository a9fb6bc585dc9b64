"""The contents of an image, from a single scan of all its layers."""

from dataclasses import dataclass, replace
from pathlib import Path

from docker import DockerClient

from helpers.core.printable import printable, with_texts
from helpers.core.records.image import Contents, Layer, LayerContents
from helpers.engine.failures import explained
from helpers.engine.image_scan import filesystem, packing
from helpers.engine.image_scan.filesystem import Folder, apply_layers, tree
from helpers.engine.image_scan.inventory import categories, count
from helpers.engine.image_scan.saved_image import Cache, Chunks, LayerFiles, SavedImage, read_saved, saving

_FORMAT = "scan-2"  # part of the cache keys: change it whenever the cached format changes
_PROCESS_CACHE: Cache = {}


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of one scan of an image."""

    layers: tuple[Layer, ...]
    contents: Contents


def scan_contents(client: DockerClient, image: str, cache: Cache | None = None) -> Contents:
    """The contents of the image's file system, all layers applied. Streams the whole image once: see `scan`."""
    return scan(client, image, cache).contents


def scan(client: DockerClient, image: str, cache: Cache | None = None, copy: Path | None = None) -> Scan:
    """The image's layers and contents, scanned once and cached by image ID, since an ID's content never changes.

    Without a `cache`, one for this process is used. If the image isn't cached, the scan also saves the archive that
    `docker save` would write to the file `copy`.
    """
    cache = _PROCESS_CACHE if cache is None else cache
    with explained():
        identity = str(client.images.get(image).id)
        name = f"{_FORMAT}:{identity}"
        if name not in cache:
            saved = _saved(client, identity, cache, copy)
            root = apply_layers(saved.layers)
            cache[_files_key(identity)] = packing.pack(filesystem.listing(root))
            cache[name] = packing.to_json(with_texts(_scan(saved, root), printable))
        return packing.from_json(cache[name], Scan)


def files(client: DockerClient, image: str, cache: Cache | None = None) -> filesystem.Listing:
    """Every regular file of the image, with its size. Scans the image unless it is cached."""
    cache = _PROCESS_CACHE if cache is None else cache
    scan(client, image, cache)
    return packing.unpack(cache[_files_key(str(client.images.get(image).id))], filesystem.Listing)


def _files_key(identity: str) -> str:
    return f"files:{identity}"


def _scan(saved: SavedImage, root: Folder) -> Scan:
    history = saved.history()
    return Scan(history, replace(count(root), layers=tuple(map(_layer, history, saved.layers))))


def _layer(layer: Layer, files: LayerFiles) -> LayerContents:
    return LayerContents(layer.created_by, layer.bytes, categories(files), tree(files))


def _saved(client: DockerClient, image: str, cache: Cache, copy: Path | None) -> SavedImage:
    with saving(client, image, copy) as pieces:
        return read_saved(Chunks(pieces), cache)
