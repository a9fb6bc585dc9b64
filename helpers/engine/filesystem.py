"""The file system that results from applying an image's layers."""

from collections.abc import Iterable, Iterator

from helpers.engine.layer import File, LayerFiles


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
