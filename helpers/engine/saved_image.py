"""An image as `docker save` streams it, read once and in whatever order it comes.

Two layouts are about: <id>/layer.tar beside a manifest.json (Docker 20.10 to 24), and blobs of an OCI image layout with
the same manifest.json (Docker 25 and later; on the containerd store the layers may be compressed).
"""

import json
import posixpath
import tarfile
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import IO, Any, Protocol, cast

from helpers.engine.layer import BLOCK, LayerFiles, members, read_layer
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


class Readable(Protocol):
    """What can be read from, from its beginning and once."""

    def read(self, size: int, /) -> bytes:
        """Some of the next bytes; b"" at the end."""


class Chunks:
    """Pieces of bytes as they arrive, for those who read from a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def read(self, size: int = -1) -> bytes:
        """The next piece, whatever its length; b"" at the end."""
        return next(self._pieces, b"")


def read_saved(stream: Readable, memory: MutableMapping[str, bytes] | None = None) -> SavedImage:
    """The image in a stream of `docker save`; layers that `memory` knows are not read again.

    A layer's name in the stream stands for its content: the digest of its bytes, or with older engines an identity
    made from those of all layers up to it (moby: image/v1, CreateID).
    Raises EngineError where that is not a whole image that we can read.
    """
    try:
        parts = _parts(stream, {} if memory is None else memory)
        manifest = parts.documents[_MANIFEST][0]
        return SavedImage(tuple(map(parts.layer, manifest["Layers"])), parts.documents[manifest["Config"]])
    except (tarfile.TarError, KeyError, IndexError, ValueError, EOFError) as error:
        raise EngineError(
            f"The engine's account of the image cannot be read: {type(error).__name__} {error}"
        ) from error


def _parts(stream: Readable, memory: MutableMapping[str, bytes]) -> _Parts:
    parts = _Parts()
    with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|", bufsize=BLOCK) as archive:
        for member in members(archive):
            if member.issym() or member.islnk():
                parts.links[member.name] = _target(member)
            elif content := archive.extractfile(member):
                _take(parts, member.name, content, memory)
    return parts


def _target(member: tarfile.TarInfo) -> str:
    folder = posixpath.dirname(member.name) if member.issym() else ""
    return posixpath.normpath(posixpath.join(folder, member.linkname))


def _take(parts: _Parts, name: str, content: Any, memory: MutableMapping[str, bytes]) -> None:
    start = content.peek(4)[:4]
    if name.endswith(".json") or (name.startswith("blobs/") and start[:1] == b"{"):
        parts.documents[name] = json.load(content)
    elif start == _ZSTANDARD:
        raise EngineError("A layer of this image is compressed with zstd, which is not read here.")
    elif name.startswith("blobs/") or name.endswith("/layer.tar"):
        if name not in memory:
            memory[name] = pack(read_layer(content))
        parts.layers[name] = unpack(memory[name])
