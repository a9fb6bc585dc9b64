"""The digest of a build context: one SHA-256 over the paths that the engine was shown, and their contents.

The hashed text has an entry for each path, sorted by the path's bytes. An entry is four fields, each followed by a NUL:

    path    relative to the context's folder: "internal/api/router.go"
    kind    "file" | "folder" | "link" | "device" | "pipe"
    mode    the permissions in octal, with setuid, setgid and sticky bit: "644"
    detail  a file's SHA-256 in hexadecimal, a link's target, a device's "major:minor", otherwise nothing

Times, owners and extended attributes don't count, and a hard link counts as a file. What `.dockerignore` excludes was
never shown; an edit that is only sent to the engine replaces the file on disk. BuildKit asks only for the paths that
the Dockerfile copies, and for `.dockerignore`.
"""

import hashlib
import os
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from functools import lru_cache

from helpers.engine.buildkit.context import Bytes, Context, Entry

_CHANGED = "{path} has changed since it was sent to the engine"

# Go's io/fs.FileMode bits, which the protocol uses: https://pkg.go.dev/io/fs#FileMode
_KINDS = {1 << 31: b"folder", 1 << 27: b"link", 1 << 26: b"device", 1 << 25: b"pipe"}
_FILE, _DEVICE = b"file", 1 << 26
_SPECIAL = {1 << 23: 0o4000, 1 << 22: 0o2000, 1 << 20: 0o1000}

_IDENTITY = struct.Struct("=qqqQ")  # size, times of the last change of content and of status in ns, inode
# A file that was changed a moment ago may change again within the same tick of the clock. Git calls this racy:
# https://git-scm.com/docs/racy-git
_SETTLED_NS = 2_000_000_000
_SMALL = 64 * 1024  # bytes, read at once
_REMEMBERED = 200_000  # files; about 300 bytes each
_hashes: dict[str, bytes] = {}  # by path: the file's identity and its SHA-256


@dataclass(frozen=True)
class ListedContext(Context):
    """A context that notes which paths it has shown to the engine."""

    listed: list[tuple[bytes, Bytes]] = field(default_factory=list, compare=False)  # see _note; where the bytes are

    @classmethod
    def of(cls, context: Context) -> "ListedContext":
        """The same context, with nothing shown yet."""
        return cls(**{each.name: getattr(context, each.name) for each in fields(context)})

    def entries(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> Iterator[Entry]:
        """The context's entries, each noted."""
        for entry in super().entries(include, exclude):
            self.listed.append((_note(entry), entry.source))
            yield entry

    def digest(self) -> str | None:
        """The digest of everything shown so far, "sha256:…".

        None if a file has changed or become unreadable since then. Files that were hashed before are not read again.
        """
        whole = hashlib.sha256()
        try:
            for note, source in sorted(dict(self.listed).items()):
                whole.update(_hashed(note, source))
        except OSError:
            return None
        return f"sha256:{whole.hexdigest()}"


def _note(entry: Entry) -> bytes:
    """The path, mode, time and detail: short, because it is kept for every file while the build runs."""
    stat = entry.stat
    detail = f"{stat.devmajor}:{stat.devminor}" if stat.mode & _DEVICE else stat.linkname
    return f"{stat.path}\0{stat.mode}\0{stat.modTime}\0{detail}".encode()


def _hashed(note: bytes, source: Bytes) -> bytes:
    path, mode, modified, detail = note.split(b"\0")
    kind, permissions = _kind_and_permissions(mode)
    if kind == _FILE:
        detail = _content(source, int(modified)).hex().encode()
    return b"\0".join((path, kind, permissions, detail, b""))


@lru_cache
def _kind_and_permissions(mode: bytes) -> tuple[bytes, bytes]:
    """Both fields for one of Go's file modes."""
    bits = int(mode)
    kind = next((name for bit, name in _KINDS.items() if bits & bit), _FILE)
    return kind, b"%o" % (bits & 0o777 | sum(unix for bit, unix in _SPECIAL.items() if bits & bit))


def _content(source: Bytes, modified: int) -> bytes:
    """The SHA-256 of a file's content. Raises OSError if the file isn't the one that was modified at that time."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).digest()
    found = os.stat(source, follow_symlinks=False)
    if found.st_mtime_ns != modified:
        raise OSError(_CHANGED.format(path=source))
    identity = _identity(found)
    known = _hashes.get(source, b"")
    if known.startswith(identity):
        return known[_IDENTITY.size :]
    return _read(source, identity, _small if found.st_size <= _SMALL else _large)


def _identity(found: os.stat_result) -> bytes:
    return _IDENTITY.pack(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _read(path: str, identity: bytes, read: Callable[[str], tuple[bytes, os.stat_result]]) -> bytes:
    content, after = read(path)
    if _identity(after) != identity:
        raise OSError(_CHANGED.format(path=path))
    if time.time_ns() - max(after.st_mtime_ns, after.st_ctime_ns) > _SETTLED_NS:
        _remember(path, identity + content)
    return content


def _small(path: str) -> tuple[bytes, os.stat_result]:
    """The file's SHA-256 and its state afterwards, with the fewest calls: `open` takes half as long again."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return hashlib.sha256(os.read(descriptor, _SMALL + 1)).digest(), os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _large(path: str) -> tuple[bytes, os.stat_result]:
    """The file's SHA-256 and its state afterwards."""
    with open(path, "rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").digest(), os.fstat(file.fileno())


def _remember(path: str, value: bytes) -> None:
    if len(_hashes) >= _REMEMBERED:
        _hashes.clear()
    _hashes[path] = value
