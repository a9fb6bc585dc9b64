"""The digest of a build context: one SHA-256 over the paths that the engine was shown, and their contents.

The hashed text has an entry for each path, in BuildKit's order: a folder, then what is in it, sorted by name as bytes.
An entry is four fields, each followed by a NUL:

    path    relative to the context's folder: "internal/api/router.go"
    kind    "file" | "folder" | "link" | "device" | "pipe"
    mode    the permissions in octal, with setuid, setgid and sticky bit: "644"
    detail  a file's SHA-256 in hexadecimal, a link's target, a device's "major:minor", otherwise nothing

Times, owners and extended attributes don't count, and a hard link counts as a file. What `.dockerignore` excludes was
never shown; an edit that is only sent to the engine replaces the file on disk. BuildKit asks only for the paths that
the Dockerfile copies, and for `.dockerignore`.
"""

import hashlib
import heapq
import os
import re
import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import TypeVar

from buildkit_session.context import Context, Entry

Key = TypeVar("Key")
Value = TypeVar("Value")

_CHANGED = "{path} has changed since it was sent to the engine"
_NOTE = re.compile(rb"([^\0]*)\0([^\0]*)\0([^\0]*)\0([^\0]*)\0[^\0]*\0")  # without the size

# Go's io/fs.FileMode bits, which the protocol uses: https://pkg.go.dev/io/fs#FileMode
_KINDS = {1 << 31: b"folder", 1 << 27: b"link", 1 << 26: b"device", 1 << 25: b"pipe"}
_FILE, _DEVICE = b"file", 1 << 26
_SPECIAL = {1 << 23: 0o4000, 1 << 22: 0o2000, 1 << 20: 0o1000}

SMALL = 64 * 1024  # bytes; reading such a file takes hardly longer than finding out whether it has changed
_IDENTITY = struct.Struct("=qqqQ")  # size, times of the last change of content and of status in ns, inode
# A file that was changed a moment ago may change again within the same tick of the clock. Git calls this racy:
# https://git-scm.com/docs/racy-git
SETTLED_NS = 2_000_000_000
REMEMBERED = 20_000  # files or contexts; about 300 bytes each


@dataclass(frozen=True)
class Memory:
    """What was hashed before: up to `limit` larger files, if unchanged for `settled_ns`, and as many contexts."""

    limit: int = REMEMBERED
    settled_ns: int = SETTLED_NS
    files: dict[str, bytes] = field(default_factory=dict)  # by path: the file's identity and its SHA-256
    contexts: dict[tuple[str, bytes], str] = field(default_factory=dict)  # by BuildKit's key and the notes' SHA-256

    def add_file(self, path: str, identity: bytes, content: bytes, changed_ns: int) -> None:
        """Remembers a file's SHA-256 unless the file was changed a moment ago."""
        if time.time_ns() - changed_ns > self.settled_ns:
            _make_room(self.files, self.limit)
            self.files[path] = identity + content

    def add_context(self, key: tuple[str, bytes], digest: str) -> None:
        """Remembers a context's digest."""
        _make_room(self.contexts, self.limit)
        self.contexts[key] = digest


def _make_room(known: dict[Key, Value], limit: int) -> None:
    if len(known) >= limit:
        known.clear()


_MEMORY = Memory()  # of this process


@dataclass(frozen=True)
class ListedContext(Context):
    """A context that notes which paths it has shown to the engine."""

    # One text for each time that the engine asked: compact, because it is kept for every path while the build runs
    listed: list[bytearray] = field(default_factory=list, compare=False)

    @classmethod
    def of(cls, context: Context) -> "ListedContext":
        """The same context, with nothing shown yet."""
        return cls(**{each.name: getattr(context, each.name) for each in fields(context)})

    def entries(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> Iterator[Entry]:
        """The context's entries, each noted."""
        notes = bytearray()
        self.listed.append(notes)
        for entry in super().entries(include, exclude):
            notes += _note(entry)
            yield entry

    def digest(self, memory: Memory = _MEMORY) -> str | None:
        """The digest of everything shown so far, "sha256:…".

        None if a file has changed or become unreadable since then. Nothing is read if the same context with the same
        modes, sizes and times was digested with this memory before: for BuildKit too, it hasn't changed then.
        """
        key = (self.shared_key, hashlib.sha256(b"\n".join(self.listed)).digest())
        try:
            if (known := memory.contexts.get(key)) is None:
                known = self._digest(memory)
                memory.add_context(key, known)
            return known
        except OSError:
            return None

    def _digest(self, memory: Memory) -> str:
        """Raises OSError if a file has changed."""
        whole = hashlib.sha256()
        for path, mode, modified, detail in self._shown():
            kind, permissions = _kind_and_permissions(mode)
            if kind == _FILE:
                detail = self._content(path.decode(), int(modified), memory).hex().encode()
            whole.update(b"\0".join((path, kind, permissions, detail, b"")))
        return f"sha256:{whole.hexdigest()}"

    def _shown(self) -> Iterator[tuple[bytes, ...]]:
        """The notes in order, each path once. Raises OSError if one path was shown in two states."""
        lists = [(found.groups() for found in _NOTE.finditer(notes)) for notes in self.listed]
        last: tuple[bytes, ...] = (b"",)
        for note in heapq.merge(*lists, key=lambda note: note[0].replace(b"/", b"\0")):
            if note[0] == last[0] and note != last:
                raise OSError(_CHANGED.format(path=note[0]))
            if note != last:
                yield note
            last = note

    def _content(self, path: str, modified: int, memory: Memory) -> bytes:
        """The SHA-256 of a file's content. Raises OSError if it isn't the file that was modified at that time."""
        if (edit := self.edits.get(path)) is not None:
            return hashlib.sha256(edit).digest()
        return _hashed(os.path.join(self.root, path), modified, memory)


def _note(entry: Entry) -> bytes:
    """The path, Go's mode, the time of the last change, the detail without a file's hash, and the size."""
    stat = entry.stat
    detail = f"{stat.devmajor}:{stat.devminor}" if stat.mode & _DEVICE else stat.linkname
    return f"{stat.path}\0{stat.mode}\0{stat.modTime}\0{detail}\0{stat.size}\0".encode()


@lru_cache
def _kind_and_permissions(mode: bytes) -> tuple[bytes, bytes]:
    """Both fields for one of Go's file modes."""
    bits = int(mode)
    kind = next((name for bit, name in _KINDS.items() if bits & bit), _FILE)
    return kind, b"%o" % (bits & 0o777 | sum(unix for bit, unix in _SPECIAL.items() if bits & bit))


def _hashed(path: str, modified: int, memory: Memory) -> bytes:
    """The file's SHA-256, in as few calls as possible: with `open`, small files take half as long again."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        start, found = os.read(descriptor, SMALL), os.fstat(descriptor)
        if found.st_mtime_ns != modified:
            raise OSError(_CHANGED.format(path=path))
        return (
            hashlib.sha256(start).digest() if len(start) == found.st_size else _large(path, descriptor, found, memory)
        )
    finally:
        os.close(descriptor)


def _large(path: str, descriptor: int, found: os.stat_result, memory: Memory) -> bytes:
    """The SHA-256 of an open file, remembered if the file has been left alone for a while."""
    identity, known = _identity(found), memory.files.get(path, b"")
    if known.startswith(identity):
        return known[_IDENTITY.size :]
    content = _read(descriptor)
    if _identity(os.fstat(descriptor)) != identity:
        raise OSError(_CHANGED.format(path=path))
    memory.add_file(path, identity, content, max(found.st_mtime_ns, found.st_ctime_ns))
    return content


def _identity(found: os.stat_result) -> bytes:
    return _IDENTITY.pack(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _read(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with open(descriptor, "rb", buffering=0, closefd=False) as file:
        return hashlib.file_digest(file, "sha256").digest()
