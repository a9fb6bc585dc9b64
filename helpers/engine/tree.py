"""A layer's files as a tree of sizes, small enough for a chart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from helpers.engine.layer import LayerFiles
from helpers.records.image import Node

SMALLEST = 0.004  # share of the layer's bytes; smaller entries of a folder are combined into one
MANY = "{count:,} smaller files"


@dataclass(slots=True)
class _Folder:
    bytes: int = 0
    files: int = 0
    names: dict[str, "_Folder"] = field(default_factory=dict)


def tree(layer: LayerFiles) -> tuple[Node, ...]:
    """The entries of the layer's root folder, largest first; hard links count once."""
    root = _Folder()
    for path, size in _sizes(layer):
        folder = root
        for name in ("", *path.split("/")):
            folder = folder.names.setdefault(name, _Folder()) if name else folder
            folder.bytes += size
            folder.files += 1
    return _nodes(root.names, max(1, int(root.bytes * SMALLEST)))


def _sizes(layer: LayerFiles) -> Iterator[tuple[str, int]]:
    seen: set[int] = set()
    for path, file in layer.files.items():
        if file.is_regular and id(file) not in seen:
            seen.add(id(file))
            yield path, file.bytes


def _nodes(names: Mapping[str, _Folder], least: int) -> tuple[Node, ...]:
    large = {name: folder for name, folder in names.items() if folder.bytes >= least}
    small = [folder for name, folder in names.items() if name not in large]
    nodes = [Node(name, folder.bytes, _nodes(folder.names, least)) for name, folder in large.items()]
    nodes.sort(key=lambda node: -node.bytes)
    if small and sum(folder.bytes for folder in small):
        count = sum(folder.files for folder in small)
        nodes.append(Node(MANY.format(count=count), sum(folder.bytes for folder in small)))
    return tuple(nodes)
