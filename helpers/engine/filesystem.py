"""The file system that a pile of layers makes: what is added, hidden, replaced."""

from collections.abc import Iterable, Iterator

from helpers.engine.layer import File, LayerFiles


class Folder(dict[str, "Folder | File"]):
    """Names in a folder."""


def pile(layers: Iterable[LayerFiles]) -> Folder:
    """The root folder after all layers, lowest first, are applied."""
    root = Folder()
    for layer in layers:
        _apply(root, layer)
    return root


def walk(root: Folder) -> Iterator[tuple[str, File]]:
    """Every path that is no folder, absolute, with what lies there."""
    waiting: list[tuple[str, Folder]] = [("", root)]
    while waiting:
        path, folder = waiting.pop()
        for name, node in folder.items():
            if isinstance(node, Folder):
                waiting.append((f"{path}/{name}", node))
            else:
                yield f"{path}/{name}", node


def _apply(root: Folder, layer: LayerFiles) -> None:
    """Hiding comes first: it speaks of the layers below, never of the files beside it."""
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
    """The folder at a path, made where there is none or where a file is in its place."""
    here = root
    for name in filter(None, path.split("/")):
        node = here.get(name)
        if not isinstance(node, Folder):
            node = here[name] = Folder()
        here = node
    return here
