"""What the layers of an image weigh compressed, as a registry sends them.

A registry's manifest knows it. For layers that no registry has seen it is an estimate, made while they are read: gzip
as `docker push` does it, though not of the same library, so that the bytes differ a little.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from helpers.engine.layer import BLOCK, Readable
from helpers.engine.memory import Memory

LIMIT = 64_000_000  # bytes of a layer's tar: a larger one takes seconds to compress, and is left out
GZIP = b"\x1f\x8b"  # RFC 1952
_LEVEL = 6  # what gzip does where nobody names a level
_GZIP_HEADER = 16  # added to zlib's window bits: a gzip stream and no zlib stream


class Weighed:
    """A stream that is compressed while somebody reads it; only the bytes that come of it are counted."""

    def __init__(self, stream: Readable) -> None:
        self._stream, self._bytes = stream, 0
        self._gzip = zlib.compressobj(_LEVEL, wbits=zlib.MAX_WBITS + _GZIP_HEADER)

    def read(self, size: int, /) -> bytes:
        """Some of the next bytes of the stream, as they are."""
        piece = self._stream.read(size)
        self._bytes += len(self._gzip.compress(piece))
        return piece

    def bytes(self) -> int:
        """What the whole stream weighs compressed; what nobody has read of it is read now."""
        while self.read(BLOCK):
            pass
        return self._bytes + len(self._gzip.flush())


def name_of(layer: str) -> str:
    """Where it is remembered what a layer weighs; the layer goes by its diff ID, or by its name in a saved image."""
    return f"compressed:{layer}"


def remember(memory: Memory, sizes: Iterable[tuple[str, int]]) -> None:
    """Keeps what a registry said: the compressed bytes of layers by diff ID."""
    for diff_id, size in sizes:
        memory[name_of(diff_id)] = b"%d" % size


def of_manifest(manifest: dict[str, Any], diff_ids: Sequence[str]) -> list[tuple[str, int]]:
    """The layers' diff IDs and compressed bytes by a registry's image manifest; none where they do not pair up."""
    layers = manifest.get("layers", [])
    if len(layers) != len(diff_ids):
        return []
    return [(diff_id, layer["size"]) for diff_id, layer in zip(diff_ids, layers, strict=True)]


def total(memory: Memory, diff_ids: Iterable[str]) -> int | None:
    """What the layers weigh compressed, all together; None where that is not known of each."""
    sizes = [memory.get(name_of(diff_id)) for diff_id in diff_ids]
    known = [int(size) for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None
