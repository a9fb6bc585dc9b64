"""The file system that an image's layers make: what each adds, hides and replaces, as a tree and as a list."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from helpers.core.printable import printable, with_texts
from helpers.core.records.image import Change, Changes, Node
from helpers.engine.image_scan.saved_image import File, LayerFiles


class Folder(dict[str, "Folder | File"]):
    """The entries of a folder, by name."""


def apply_layers(layers: Iterable[LayerFiles]) -> Folder:
    """The root folder after applying all layers, lowest first."""
    root = Folder()
    for layer in layers:
        _apply(root, layer)
    return root


def walk(root: Folder) -> Iterator[tuple[str, File]]:
    """Every absolute path that isn't a folder, with its file."""
    pending: list[tuple[str, Folder]] = [("", root)]
    while pending:
        path, folder = pending.pop()
        for name, node in folder.items():
            if isinstance(node, Folder):
                pending.append((f"{path}/{name}", node))
            else:
                yield f"{path}/{name}", node


def _apply(root: Folder, layer: LayerFiles) -> None:
    """Whiteouts come first: they apply to the layers below, never to files of their own layer."""
    for path in layer.hidden:
        folder, name = _split(root, path)
        folder.pop(name, None)
    for path in layer.emptied:
        _folder(root, path).clear()
    for path in layer.folders:
        _folder(root, path)
    for path, file in layer.files.items():
        folder, name = _split(root, path)
        folder[name] = file


def _split(root: Folder, path: str) -> tuple[Folder, str]:
    parent, _, name = path.rpartition("/")
    return _folder(root, parent), name


def _folder(root: Folder, path: str) -> Folder:
    """The folder at a path; created if missing, and replacing a file if there is one."""
    folder = root
    for name in filter(None, path.split("/")):
        node = folder.get(name)
        if not isinstance(node, Folder):
            node = folder[name] = Folder()
        folder = node
    return folder


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


Listing = dict[str, int]  # bytes by absolute path

KEPT = 200  # files that differ, the largest differences


def listing(root: Folder) -> Listing:
    """Every regular file of a file system, with its bytes."""
    return {path: file.bytes for path, file in walk(root) if file.is_regular}


def changes(before: Listing, after: Listing, names: tuple[str, str]) -> Changes:
    """Files that are in only one listing, or differ in size. Files of equal size count as equal.

    Paths are safe to print.
    """
    added = [Change(path, None, size) for path, size in after.items() if path not in before]
    removed = [Change(path, size, None) for path, size in before.items() if path not in after]
    resized = [Change(path, before[path], size) for path, size in after.items() if before.get(path, size) != size]
    largest = sorted([*added, *removed, *resized], key=lambda change: (-abs(change.difference), change.path))
    sums = (_sum(group) for group in (added, removed, resized))
    return with_texts(Changes(*names, tuple(largest[:KEPT]), *sums), printable)


def _sum(group: list[Change]) -> tuple[int, int]:
    return len(group), sum(change.difference for change in group)
