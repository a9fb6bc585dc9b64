"""The compressed size of an image's layers, as a registry sends them.

A registry's manifest has it. For layers that were in no registry it is estimated while they are read, with gzip as in
`docker push` but another implementation, so the bytes differ slightly. Compressing a large layer would take seconds, so
only a sample of it is compressed: evenly spaced windows that add up to SAMPLE bytes.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from helpers.engine.layer import BLOCK, Cache, Readable

SAMPLE = 8_000_000  # bytes of a large layer's tar to compress; takes a quarter of a second
LARGE = 4 * SAMPLE  # bytes; a layer up to this size is compressed completely
WINDOW = BLOCK
GZIP = b"\x1f\x8b"  # RFC 1952
_LEVEL = 6  # gzip's default
_GZIP_HEADER = 16  # added to zlib's window bits: write a gzip stream, not a zlib stream


def sample_interval(size: int) -> int:
    """One in how many windows is compressed, for a layer of `size` bytes."""
    return size // SAMPLE if size > LARGE else 1


class GzipCounter:
    """A readable stream that counts its compressed bytes as it is read; compresses one window in `one_in`."""

    def __init__(self, stream: Readable, one_in: int = 1) -> None:
        self._stream, self._one_in = stream, one_in
        self._read = self._sampled = self._bytes = 0
        self._gzip = zlib.compressobj(_LEVEL, wbits=zlib.MAX_WBITS + _GZIP_HEADER)

    def read(self, size: int, /) -> bytes:
        """Up to `size` of the next bytes, unchanged."""
        piece = self._stream.read(size)
        if self._read // WINDOW % self._one_in == 0:
            self._sampled += len(piece)
            self._bytes += len(self._gzip.compress(piece))
        self._read += len(piece)
        return piece

    def bytes(self) -> int:
        """The compressed bytes of the whole stream, estimated from the sample. Reads the rest of the stream first."""
        while self.read(BLOCK):
            pass
        compressed = self._bytes + len(self._gzip.flush())
        return round(compressed * self._read / self._sampled) if self._sampled else compressed


def cache_key(layer: str) -> str:
    """The cache key of a layer's compressed size. `layer` is its diff ID, or its name in a saved image."""
    return f"compressed:{layer}"


def remember(cache: Cache, sizes: Iterable[tuple[str, int]]) -> None:
    """Caches the compressed bytes of layers, by diff ID, as a registry reported them."""
    for diff_id, size in sizes:
        cache[cache_key(diff_id)] = b"%d" % size


def of_manifest(manifest: dict[str, Any], diff_ids: Sequence[str]) -> list[tuple[str, int]]:
    """The layers' diff IDs and compressed bytes from a registry's image manifest; [] if their numbers differ."""
    layers = manifest.get("layers", [])
    if len(layers) != len(diff_ids):
        return []
    return [(diff_id, layer["size"]) for diff_id, layer in zip(diff_ids, layers, strict=True)]


def total(cache: Cache, diff_ids: Iterable[str]) -> int | None:
    """The compressed bytes of the layers in total; None if any of them is unknown."""
    sizes = [cache.get(cache_key(diff_id)) for diff_id in diff_ids]
    known = [int(size) for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None
