"""An image from a stream of `docker save`, read once, in any order of its members.

There are two layouts: <id>/layer.tar files with a manifest.json (Docker 20.10 to 24), and the blobs of an OCI image
layout with the same manifest.json (Docker 25 and later; with the containerd store, layers may be compressed).
"""

import json
import posixpath
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO, Any, cast

from helpers.engine.compressed import GZIP, GzipCounter, cache_key, sample_interval
from helpers.engine.layer import BLOCK, Cache, LayerFiles, Readable, members, read_layer
from helpers.engine.packed import pack, unpack
from helpers.records.errors import EngineError
from helpers.records.image import Layer

_ZSTANDARD = b"\x28\xb5\x2f\xfd"  # RFC 8878
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class SavedImage:
    """The layers of an image, lowest first, and its configuration."""

    layers: tuple[LayerFiles, ...]
    config: dict[str, Any]

    def history(self) -> tuple[Layer, ...]:
        """The layers as records: the instruction that created each, its bytes, its diff ID."""
        made_by = [step.get("created_by", "") for step in self.config.get("history", ()) if not step.get("empty_layer")]
        made_by += [""] * (len(self.layers) - len(made_by))  # the history is optional
        diff_ids = self.config["rootfs"]["diff_ids"]
        return tuple(
            Layer(text, layer.bytes, diff_id)
            for text, layer, diff_id in zip(made_by, self.layers, diff_ids, strict=True)
        )


@dataclass(slots=True)
class _Archive:
    layers: dict[str, LayerFiles] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)  # Docker 20.10 saves a repeated layer as a link to the first

    def layer(self, name: str) -> LayerFiles:
        return self.layers[self.links.get(name, name)]


class Chunks:
    """A readable stream of chunks as they arrive."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)

    def read(self, size: int = -1) -> bytes:
        """The next chunk, whatever its length; b"" at the end."""
        return next(self._chunks, b"")


def read_saved(stream: Readable, cache: Cache | None = None) -> SavedImage:
    """The image in a stream of `docker save`; layers in `cache` aren't read again.

    A layer's name in the stream identifies its content: it is the digest of its bytes, or with older engines an ID
    computed from all layers up to it (moby: image/v1, CreateID). Compressed sizes are cached too, by diff ID.
    Raises EngineError if the stream isn't a complete image in a supported format.
    """
    try:
        cache = {} if cache is None else cache
        saved = _archive(stream, cache)
        manifest = saved.documents[_MANIFEST][0]
        config = saved.documents[manifest["Config"]]
        for name, diff_id in zip(manifest["Layers"], config["rootfs"]["diff_ids"], strict=True):
            _cache_size(saved.links.get(name, name), diff_id, cache)
        return SavedImage(tuple(map(saved.layer, manifest["Layers"])), config)
    except (tarfile.TarError, KeyError, IndexError, ValueError, EOFError) as error:
        raise EngineError(
            f"The image that the engine saved could not be read: {type(error).__name__} {error}"
        ) from error


def _cache_size(name: str, diff_id: str, cache: Cache) -> None:
    """Copies the compressed size from the layer's name in the stream to its diff ID, unless a registry reported one."""
    if size := cache.get(cache_key(name)):
        cache.setdefault(cache_key(diff_id), size)


def _archive(stream: Readable, cache: Cache) -> _Archive:
    saved = _Archive()
    with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|", bufsize=BLOCK) as archive:
        for member in members(archive):
            if member.issym() or member.islnk():
                saved.links[member.name] = _target(member)
            elif content := archive.extractfile(member):
                _take(saved, member, content, cache)
    return saved


def _target(member: tarfile.TarInfo) -> str:
    folder = posixpath.dirname(member.name) if member.issym() else ""
    return posixpath.normpath(posixpath.join(folder, member.linkname))


def _take(saved: _Archive, member: tarfile.TarInfo, content: Any, cache: Cache) -> None:
    name, start = member.name, content.peek(4)[:4]
    if name.endswith(".json") or (name.startswith("blobs/") and start[:1] == b"{"):
        saved.documents[name] = json.load(content)
    elif start == _ZSTANDARD:
        raise EngineError("A layer of this image is compressed with zstd, which is not supported.")
    elif name.startswith("blobs/") or name.endswith("/layer.tar"):
        if start.startswith(GZIP):
            cache[cache_key(name)] = b"%d" % member.size
        saved.layers[name] = _layer(name, content, member.size, cache)


def _layer(name: str, content: IO[bytes], size: int, cache: Cache) -> LayerFiles:
    """The layer. If its compressed size isn't cached, measures it along the way."""
    if cache_key(name) not in cache:
        counter = GzipCounter(content, sample_interval(size))
        cache[name] = pack(read_layer(counter))
        cache[cache_key(name)] = b"%d" % counter.bytes()
    elif name not in cache:
        cache[name] = pack(read_layer(content))
    return unpack(cache[name])
