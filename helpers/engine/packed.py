"""A layer's list of files in few bytes, so that a layer that was read once need not be read again."""

import json
import zlib
from typing import Any

from helpers.engine.layer import File, LayerFiles

_QUICK = 1  # of zlib: the list is read more often than it is worth making smaller


def pack(layer: LayerFiles) -> bytes:
    """The layer, hard links kept."""
    first: dict[int, str] = {}
    files: dict[str, Any] = {}
    for path, file in layer.files.items():
        known = first.setdefault(id(file), path)
        files[path] = known if known != path else [file.mode, file.bytes, file.is_regular, file.text]
    plain = [files, layer.folders, layer.hidden, layer.emptied, layer.bytes]
    return zlib.compress(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode(), _QUICK)


def unpack(packed: bytes) -> LayerFiles:
    """The layer that `pack` was given."""
    files, folders, hidden, emptied, size = json.loads(zlib.decompress(packed))
    layer = LayerFiles({}, folders, hidden, emptied, size)
    for path, file in files.items():
        layer.files[path] = layer.files[file] if isinstance(file, str) else File(*file)
    return layer
