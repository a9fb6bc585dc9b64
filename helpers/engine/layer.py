"""One layer of a saved image, read from its tar: the files it adds and those it hides."""

import posixpath
import tarfile
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import IO, Any, Protocol, cast

# Bytes per read. tarfile copies the rest of a block for each header that it takes from it, so with blocks of a megabyte
# it would copy more than it reads.
BLOCK = 1 << 16
KEPT_TEXTS = frozenset({"etc/passwd"})  # files whose content is kept
_WHITEOUT = ".wh."  # OCI image specification, layer.md: ".wh.<name>" hides <name>, ".wh..wh..opq" all of the folder
_OPAQUE = ".wh..wh..opq"
_ENGINE_OWN = ".wh..wh."  # other internal files of a storage driver

# Earlier results of scans, under keys that identify the content, so that an entry never becomes outdated
Cache = MutableMapping[str, bytes]


@dataclass(slots=True)
class File:
    """Any entry of a layer except a folder. Hard links to one file share one object."""

    mode: int
    bytes: int = 0
    is_regular: bool = True
    text: str = ""  # of KEPT_TEXTS only


@dataclass(slots=True)
class LayerFiles:
    """The changes of a layer to the file system below it. Paths have no leading slash."""

    files: dict[str, File] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)  # opaque folders: nothing from the layers below is visible in them
    bytes: int = 0  # in regular files, hard links once


class Readable(Protocol):
    """A stream that can be read once, from its beginning."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` of the next bytes; b"" at the end."""


def read_layer(stream: Readable) -> LayerFiles:
    """The layer in `stream`, a tar that may be compressed.

    Raises tarfile.TarError if it is damaged.
    """
    layer = LayerFiles()
    with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|*", bufsize=BLOCK) as archive:
        for member in members(archive):
            _take(layer, archive, member)
    return layer


def members(archive: Any) -> Iterator[tarfile.TarInfo]:
    """The members of a streamed archive. Doesn't keep them in memory, as tarfile itself would."""
    for member in archive:
        archive.members = []
        yield member


def clean_path(name: str) -> str:
    """The path in its normal form: "usr/bin/go" for "./usr/bin/go" and "/usr/bin/go"; "" for the root."""
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
