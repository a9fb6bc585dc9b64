"""Build contexts whose entries are known beforehand: a mapping of paths to contents, and a tar archive."""

import hashlib
import os
import posixpath
import shutil
import stat
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import IO

from buildkit_session import _follow
from buildkit_session._choice import Choice
from buildkit_session._entry import Entry, Piece
from buildkit_session._patterns import Patterns
from buildkit_session._proto.filesync_pb2 import Stat
from buildkit_session._stat import go_mode, of_bytes

_ROOT = "."


class Listed:
    """A context whose entries are known beforehand, whatever order they come in; missing folders are added."""

    def __init__(self, entries: Iterable[Entry], shared_key: str, made_ns: int) -> None:
        self._shared_key = shared_key
        self._entries = {entry.stat.path: entry for entry in entries}
        for path in [*self._entries]:
            for folder in _above(path):
                self._entries.setdefault(folder, _folder(folder, made_ns))

    @property
    def shared_key(self) -> str:
        """The same for the same content."""
        return self._shared_key

    def entries(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> Iterator[Entry]:
        """See `Source`."""
        choice = Choice(Patterns(_follow.links(self, include)), Patterns(exclude))
        known, sent = {"": choice.unmatched}, {""}
        for path in sorted(self._entries, key=_protocol_order):
            known[path] = choice.match(path, known[posixpath.dirname(path)])
            if choice.verdict(known[path]):
                yield from (self._entries[each] for each in _above(path) if each not in sent)
                yield self._entries[path]
                sent.update((*_above(path), path))

    def read(self, path: str) -> bytes | None:
        """See `Source`."""
        entry = self._entries.get(path)
        return b"".join(entry.chunks()) if entry and not entry.stat.mode >> 9 else None

    def names(self, folder: str) -> list[str]:
        """The names of what is in a folder."""
        return [posixpath.basename(path) for path in self._entries if posixpath.dirname(path) == folder]

    def target(self, path: str) -> str | None:
        """Where a symbolic link points to; None for anything else."""
        entry = self._entries.get(path)
        return entry.stat.linkname if entry and entry.stat.mode & go_mode(stat.S_IFLNK) else None


class Files(Listed):
    """A mapping as a build context: path → content."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        made_ns = time.time_ns()
        contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        key = hashlib.sha256()
        for path, content in sorted(contents.items()):
            key.update(f"{path}\0{len(content)}\0".encode() + content)
        entries = (Entry(of_bytes(_name(path), content, 0o644, made_ns), content) for path, content in contents.items())
        super().__init__(entries, key.hexdigest(), made_ns)


class Archive(Listed):
    """A tar archive as a build context, compressed or not. It is read once, to its end, into a temporary file.

    The second name of a file with several is sent as a file of its own. Raises tarfile.TarError where it is no archive.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._contents = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the last reference to it
        key = hashlib.sha256()
        entries: dict[str, Entry] = {}
        with tarfile.open(fileobj=stream, mode="r|*") as archive:
            for member in archive:
                name = _name(member.name)
                if name != _ROOT and (entry := self._entry(archive, member, entries)):
                    entries[name] = entry
                    key.update(member.tobuf())
        self._contents.flush()
        key.update(self._digest())
        super().__init__(entries.values(), key.hexdigest(), time.time_ns())

    def _entry(self, archive: tarfile.TarFile, member: tarfile.TarInfo, known: Mapping[str, Entry]) -> Entry | None:
        described = Stat(path=_name(member.name), mode=_mode(member), modTime=int(member.mtime * 1e9))
        if member.issym():
            described.linkname, described.size = member.linkname, len(os.fsencode(member.linkname))
        elif member.islnk():
            first = known.get(_name(member.linkname))
            return first and Entry(Stat(path=described.path, mode=first.stat.mode, size=first.stat.size), first.source)
        elif member.isreg():
            return Entry(described, self._kept(archive, member, described))
        elif member.ischr() or member.isblk():
            described.devmajor, described.devminor = member.devmajor, member.devminor
        return Entry(described, b"")

    def _kept(self, archive: tarfile.TarFile, member: tarfile.TarInfo, described: Stat) -> Piece:
        content, begin = archive.extractfile(member), self._contents.tell()
        assert content is not None  # it is a regular file
        shutil.copyfileobj(content, self._contents)
        described.size = self._contents.tell() - begin
        return Piece(self._contents, begin, described.size)

    def _digest(self) -> bytes:
        self._contents.seek(0)
        return hashlib.file_digest(self._contents, "sha256").digest()


def _protocol_order(path: str) -> list[bytes]:
    return [os.fsencode(part) for part in path.split("/")]


def _above(path: str) -> list[str]:
    """The folders above a path, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _name(path: str) -> str:
    """A path as the context sees it: nothing leads out of its root, which is "."."""
    return posixpath.normpath(posixpath.join("/", path)).lstrip("/") or _ROOT


def _folder(path: str, made_ns: int) -> Entry:
    return Entry(Stat(path=path, mode=go_mode(stat.S_IFDIR | 0o755), modTime=made_ns), b"")


def _mode(member: tarfile.TarInfo) -> int:
    kinds = {
        tarfile.DIRTYPE: stat.S_IFDIR,
        tarfile.SYMTYPE: stat.S_IFLNK,
        tarfile.CHRTYPE: stat.S_IFCHR,
        tarfile.BLKTYPE: stat.S_IFBLK,
        tarfile.FIFOTYPE: stat.S_IFIFO,
    }
    return go_mode(member.mode & 0o7777 | kinds.get(member.type, stat.S_IFREG))
