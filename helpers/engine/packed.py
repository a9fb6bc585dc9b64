"""Serializes a layer's list of files for the cache, so that each layer is read only once."""

import json
import zlib
from typing import Any

from helpers.engine.layer import File, LayerFiles

_FASTEST = 1  # zlib level: speed matters more than size here


def pack(layer: LayerFiles) -> bytes:
    """The layer as compressed JSON, including its hard links."""
    first: dict[int, str] = {}
    files: dict[str, Any] = {}
    for path, file in layer.files.items():
        known = first.setdefault(id(file), path)
        files[path] = known if known != path else [file.mode, file.bytes, file.is_regular, file.text]
    plain = [files, layer.folders, layer.hidden, layer.emptied, layer.bytes]
    return zlib.compress(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode(), _FASTEST)


def unpack(packed: bytes) -> LayerFiles:
    """The layer that was passed to `pack`."""
    files, folders, hidden, emptied, size = json.loads(zlib.decompress(packed))
    layer = LayerFiles({}, folders, hidden, emptied, size)
    for path, file in files.items():
        layer.files[path] = layer.files[file] if isinstance(file, str) else File(*file)
    return layer
