"""One layer of a saved image, read from its tar: the files it adds and the ones it hides."""

import posixpath
import tarfile
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import IO, Any, Protocol, cast

# Bytes that are read at a time. tarfile copies what is left of a block with each header that it takes from it: of one
# megabyte it copies more than it reads.
BLOCK = 1 << 16
KEPT_TEXTS = frozenset({"etc/passwd"})  # files whose content somebody asks about
_WHITEOUT = ".wh."  # OCI image specification, layer.md: ".wh.<name>" hides <name>, ".wh..wh..opq" all of the folder
_OPAQUE = ".wh..wh..opq"
_ENGINE_OWN = ".wh..wh."  # other notes of a storage driver to itself


# What was read of images before, by names that identify their content, so that an entry never becomes wrong
Cache = MutableMapping[str, bytes]


@dataclass(slots=True)
class File:
    """Anything in a layer but a folder. Names linked to one file share one of these."""

    mode: int
    bytes: int = 0
    is_regular: bool = True
    text: str = ""  # of KEPT_TEXTS only


@dataclass(slots=True)
class LayerFiles:
    """What a layer does to the file system below it. Paths have no slash in front."""

    files: dict[str, File] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)  # folders of which nothing from below shows through
    bytes: int = 0  # in regular files, hard links once


class Readable(Protocol):
    """What can be read from, from its beginning and once."""

    def read(self, size: int, /) -> bytes:
        """Some of the next bytes; b"" at the end."""


def read_layer(stream: Readable) -> LayerFiles:
    """The layer whose tar, compressed or not, can be read from `stream` once from its beginning.

    Raises tarfile.TarError where it is damaged.
    """
    layer = LayerFiles()
    with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|*", bufsize=BLOCK) as archive:
        for member in members(archive):
            _take(layer, archive, member)
    return layer


def members(archive: Any) -> Iterator[tarfile.TarInfo]:
    """The members of an archive that is read as a stream, none of them kept: tarfile would keep all it has seen."""
    for member in archive:
        archive.members = []
        yield member


def clean_path(name: str) -> str:
    """A path as we write it: "usr/bin/go" for "./usr/bin/go" and "/usr/bin/go"; "" for the root."""
    return posixpath.normpath(f"/{name}").lstrip("/")


def _take(layer: LayerFiles, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    path = clean_path(member.name)
    folder, name = posixpath.split(path)
    if name.startswith(_WHITEOUT):
        _hide(layer, folder, name)
    elif member.isdir():
        layer.folders.append(path)
    elif member.islnk():
        layer.files[path] = layer.files.get(clean_path(member.linkname)) or File(member.mode)
    else:
        layer.files[path] = _file(archive, member, path)
        layer.bytes += layer.files[path].bytes


def _hide(layer: LayerFiles, folder: str, name: str) -> None:
    if name == _OPAQUE:
        layer.emptied.append(folder)
    elif not name.startswith(_ENGINE_OWN):
        layer.hidden.append(posixpath.join(folder, name.removeprefix(_WHITEOUT)))


def _file(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> File:
    if not member.isreg():
        return File(member.mode, is_regular=False)
    content = archive.extractfile(member) if path in KEPT_TEXTS else None
    return File(member.mode, member.size, text=content.read().decode(errors="replace") if content else "")
