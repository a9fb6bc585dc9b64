"""A layer's files as a tree of what they weigh, small enough to be drawn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from helpers.engine.layer import LayerFiles
from helpers.records.image import Node

SMALLEST = 0.004  # of the layer: what weighs less is summed up with its neighbours
MANY = "{count:,} smaller files"


@dataclass(slots=True)
class _Folder:
    bytes: int = 0
    files: int = 0
    names: dict[str, "_Folder"] = field(default_factory=dict)


def tree(layer: LayerFiles) -> tuple[Node, ...]:
    """What stands in the layer's root, the heaviest first; hard links weigh once."""
    root = _Folder()
    for path, size in _weights(layer):
        here = root
        for name in ("", *path.split("/")):
            here = here.names.setdefault(name, _Folder()) if name else here
            here.bytes += size
            here.files += 1
    return _nodes(root.names, max(1, int(root.bytes * SMALLEST)))


def _weights(layer: LayerFiles) -> Iterator[tuple[str, int]]:
    seen: set[int] = set()
    for path, file in layer.files.items():
        if file.is_regular and id(file) not in seen:
            seen.add(id(file))
            yield path, file.bytes


def _nodes(names: Mapping[str, _Folder], least: int) -> tuple[Node, ...]:
    heavy = {name: folder for name, folder in names.items() if folder.bytes >= least}
    light = [folder for name, folder in names.items() if name not in heavy]
    nodes = [Node(name, folder.bytes, _nodes(folder.names, least)) for name, folder in heavy.items()]
    nodes.sort(key=lambda node: -node.bytes)
    if light and sum(folder.bytes for folder in light):
        count = sum(folder.files for folder in light)
        nodes.append(Node(MANY.format(count=count), sum(folder.bytes for folder in light)))
    return tuple(nodes)
