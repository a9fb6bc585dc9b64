"""An image as `docker save` streams it, read once and in whatever order it comes.

Two layouts are about: <id>/layer.tar beside a manifest.json (Docker 20.10 to 24), and blobs of an OCI image layout with
the same manifest.json (Docker 25 and later; on the containerd store the layers may be compressed).
"""

import json
import posixpath
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO, Any, cast

from helpers.engine.compressed import GZIP, Weighed, name_of, windows
from helpers.engine.layer import BLOCK, Cache, LayerFiles, Readable, members, read_layer
from helpers.engine.packed import pack, unpack
from helpers.records.errors import EngineError
from helpers.records.image import Layer

_ZSTANDARD = b"\x28\xb5\x2f\xfd"  # RFC 8878
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class SavedImage:
    """The layers of one image, lowest first, with its configuration."""

    layers: tuple[LayerFiles, ...]
    config: dict[str, Any]

    def history(self) -> tuple[Layer, ...]:
        """The layers as records: the instruction that made each, its bytes, its diff ID."""
        made_by = [step.get("created_by", "") for step in self.config.get("history", ()) if not step.get("empty_layer")]
        made_by += [""] * (len(self.layers) - len(made_by))  # a history is optional
        diff_ids = self.config["rootfs"]["diff_ids"]
        return tuple(
            Layer(text, layer.bytes, diff_id)
            for text, layer, diff_id in zip(made_by, self.layers, diff_ids, strict=True)
        )


@dataclass(slots=True)
class _Parts:
    layers: dict[str, LayerFiles] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)  # 20.10 saves a layer that comes twice as a link to the first

    def layer(self, name: str) -> LayerFiles:
        return self.layers[self.links.get(name, name)]


class Chunks:
    """Pieces of bytes as they arrive, for those who read from a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def read(self, size: int = -1) -> bytes:
        """The next piece, whatever its length; b"" at the end."""
        return next(self._pieces, b"")


def read_saved(stream: Readable, cache: Cache | None = None) -> SavedImage:
    """The image in a stream of `docker save`; layers that `memory` knows are not read again.

    A layer's name in the stream stands for its content: the digest of its bytes, or with older engines an identity
    made from those of all layers up to it (moby: image/v1, CreateID). What layers weigh compressed is kept in `memory`
    too, by diff ID.
    Raises EngineError where that is not a whole image that we can read.
    """
    try:
        cache = {} if cache is None else cache
        parts = _parts(stream, cache)
        manifest = parts.documents[_MANIFEST][0]
        config = parts.documents[manifest["Config"]]
        for name, diff_id in zip(manifest["Layers"], config["rootfs"]["diff_ids"], strict=True):
            _weigh(parts.links.get(name, name), diff_id, cache)
        return SavedImage(tuple(map(parts.layer, manifest["Layers"])), config)
    except (tarfile.TarError, KeyError, IndexError, ValueError, EOFError) as error:
        raise EngineError(
            f"The engine's account of the image cannot be read: {type(error).__name__} {error}"
        ) from error


def _weigh(name: str, diff_id: str, cache: Cache) -> None:
    """Keeps by diff ID what is known by the layer's name in the stream, but for what a registry has said."""
    if size := cache.get(name_of(name)):
        cache.setdefault(name_of(diff_id), size)


def _parts(stream: Readable, cache: Cache) -> _Parts:
    parts = _Parts()
    with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|", bufsize=BLOCK) as archive:
        for member in members(archive):
            if member.issym() or member.islnk():
                parts.links[member.name] = _target(member)
            elif content := archive.extractfile(member):
                _take(parts, member, content, cache)
    return parts


def _target(member: tarfile.TarInfo) -> str:
    folder = posixpath.dirname(member.name) if member.issym() else ""
    return posixpath.normpath(posixpath.join(folder, member.linkname))


def _take(parts: _Parts, member: tarfile.TarInfo, content: Any, cache: Cache) -> None:
    name, start = member.name, content.peek(4)[:4]
    if name.endswith(".json") or (name.startswith("blobs/") and start[:1] == b"{"):
        parts.documents[name] = json.load(content)
    elif start == _ZSTANDARD:
        raise EngineError("A layer of this image is compressed with zstd, which is not read here.")
    elif name.startswith("blobs/") or name.endswith("/layer.tar"):
        if start.startswith(GZIP):
            cache[name_of(name)] = b"%d" % member.size
        parts.layers[name] = _layer(name, content, member.size, cache)


def _layer(name: str, content: IO[bytes], size: int, cache: Cache) -> LayerFiles:
    """The layer, compressed on the way where nobody knows yet what it weighs so: of a large one a sample."""
    if name_of(name) not in cache:
        weighed = Weighed(content, windows(size))
        cache[name] = pack(read_layer(weighed))
        cache[name_of(name)] = b"%d" % weighed.bytes()
    elif name not in cache:
        cache[name] = pack(read_layer(content))
    return unpack(cache[name])
