"""What the layers of an image weigh compressed, as a registry sends them.

A registry's manifest knows it. For layers that no registry has seen it is an estimate, made while they are read: gzip
as `docker push` does it, though not of the same library, so that the bytes differ a little. Of a large layer only a
sample is compressed, as the whole would take seconds: windows evenly over its length, of which all together are SAMPLE.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from helpers.engine.layer import BLOCK, Cache, Readable

SAMPLE = 8_000_000  # bytes of a layer's tar that are compressed, in a quarter of a second
LARGE = 4 * SAMPLE  # a smaller layer is compressed whole
WINDOW = BLOCK
GZIP = b"\x1f\x8b"  # RFC 1952
_LEVEL = 6  # what gzip does where nobody names a level
_GZIP_HEADER = 16  # added to zlib's window bits: a gzip stream and no zlib stream


def windows(size: int) -> int:
    """Of how many windows one is compressed, in a layer of so many bytes."""
    return size // SAMPLE if size > LARGE else 1


class Weighed:
    """A stream that is compressed, or one window of it in `one_in`, while somebody reads it; the bytes are counted."""

    def __init__(self, stream: Readable, one_in: int = 1) -> None:
        self._stream, self._one_in = stream, one_in
        self._read = self._sampled = self._bytes = 0
        self._gzip = zlib.compressobj(_LEVEL, wbits=zlib.MAX_WBITS + _GZIP_HEADER)

    def read(self, size: int, /) -> bytes:
        """Some of the next bytes of the stream, as they are."""
        piece = self._stream.read(size)
        if self._read // WINDOW % self._one_in == 0:
            self._sampled += len(piece)
            self._bytes += len(self._gzip.compress(piece))
        self._read += len(piece)
        return piece

    def bytes(self) -> int:
        """What the whole stream weighs compressed, by its sample; what nobody has read of it is read now."""
        while self.read(BLOCK):
            pass
        compressed = self._bytes + len(self._gzip.flush())
        return round(compressed * self._read / self._sampled) if self._sampled else compressed


def name_of(layer: str) -> str:
    """Where it is remembered what a layer weighs; the layer goes by its diff ID, or by its name in a saved image."""
    return f"compressed:{layer}"


def remember(cache: Cache, sizes: Iterable[tuple[str, int]]) -> None:
    """Keeps what a registry said: the compressed bytes of layers by diff ID."""
    for diff_id, size in sizes:
        cache[name_of(diff_id)] = b"%d" % size


def of_manifest(manifest: dict[str, Any], diff_ids: Sequence[str]) -> list[tuple[str, int]]:
    """The layers' diff IDs and compressed bytes by a registry's image manifest; none where they do not pair up."""
    layers = manifest.get("layers", [])
    if len(layers) != len(diff_ids):
        return []
    return [(diff_id, layer["size"]) for diff_id, layer in zip(diff_ids, layers, strict=True)]


def total(cache: Cache, diff_ids: Iterable[str]) -> int | None:
    """What the layers weigh compressed, all together; None where that is not known of each."""
    sizes = [cache.get(name_of(diff_id)) for diff_id in diff_ids]
    known = [int(size) for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None
