"""Build contexts: what a Dockerfile's COPY can see, as a folder, a tar archive or a mapping.

All are served to the engine in the same way. It gets a list of the paths that the Dockerfile's instructions need and
that aren't excluded, and then asks for the contents that it doesn't have yet.
"""

import hashlib
import os
import posixpath
import shutil
import stat
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from buildkit_session import _follow
from buildkit_session._patterns import Patterns
from buildkit_session._proto.filesync_pb2 import Stat
from buildkit_session._stat import describe, go_mode, of_bytes

_CHUNK = 32 * 1024  # bytes that BuildKit's own client sends at a time
_ROOT = "."


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an open file."""

    file: IO[bytes]
    begin: int
    size: int


Bytes = str | bytes | Piece  # of a file: its location, the bytes themselves, or a part of another file


@dataclass(frozen=True, slots=True)
class Entry:
    """A path of a context, and where its bytes come from."""

    stat: Stat
    source: Bytes

    def chunks(self) -> Iterator[bytes]:
        """The file's bytes: see `chunks`."""
        return chunks(self.source)


def chunks(source: Bytes) -> Iterator[bytes]:
    """The bytes in chunks; none if the file was removed since it was listed."""
    if isinstance(source, bytes):
        yield from (source[at : at + _CHUNK] for at in range(0, len(source), _CHUNK))
    elif isinstance(source, Piece):
        for at in range(0, source.size, _CHUNK):
            source.file.seek(source.begin + at)
            yield source.file.read(min(_CHUNK, source.size - at))
    else:
        yield from _chunks_of_file(source)


def _chunks_of_file(location: str) -> Iterator[bytes]:
    try:
        with open(location, "rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except FileNotFoundError:
        return


@runtime_checkable
class Source(Protocol):
    """What a build context is to a build."""

    @property
    def shared_key(self) -> str:
        """What the engine knows the context by: of one that it knows, it asks only for what has changed."""

    def entries(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> Iterator[Entry]:
        """The wanted paths in the protocol's order: a folder, then what is in it, by name.

        `include` are paths and wildcards, links among them followed; none: everything. `exclude` are patterns as in a
        .dockerignore.
        """

    def read(self, path: str) -> bytes | None:
        """The content of one file; None where there is none."""


@dataclass(frozen=True)
class Context:
    """A folder as a build context.

    `edits` are files that only the engine gets to see, in place of or beside those on disk (path → bytes).
    `ignore=False` leaves `.dockerignore` out, as if there were none. The engine keeps what it was sent of a folder and
    asks only for what has changed; a context with another `key` is new to it, and sent whole.
    """

    root: Path
    edits: Mapping[str, bytes] = field(default_factory=dict)
    ignore: bool = True
    key: str = ""
    made_ns: int = field(default_factory=time.time_ns)

    @property
    def shared_key(self) -> str:
        """The same for the same folder and `key`."""
        return hashlib.sha256(os.fsencode(self.root.resolve()) + self.key.encode()).hexdigest()

    def entries(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> Iterator[Entry]:
        """See `Source`."""
        yield from _Walk(self, Patterns(_follow.links(self, include)), Patterns(exclude)).folder("", None)

    def read(self, path: str) -> bytes | None:
        """See `Source`."""
        if path in self.edits:
            return self.edits[path]
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            return None

    def names(self, folder: str) -> list[str]:
        """The names of what is in a folder, edits among them."""
        try:
            found = os.listdir(self.root / folder)
        except OSError:
            found = []
        return [*found, *self.edited(folder)]

    def target(self, path: str) -> str | None:
        """Where a symbolic link points to; None for anything else."""
        if path in self.edits:
            return None
        try:
            return os.readlink(self.root / path)
        except OSError:  # not a link, or not there
            return None

    def edited(self, folder: str) -> dict[str, bytes]:
        """The edits directly in `folder`, by name."""
        return {
            posixpath.basename(path): text for path, text in self.edits.items() if posixpath.dirname(path) == folder
        }


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
        choice = _Choice(Patterns(_follow.links(self, include)), Patterns(exclude))
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


def source_of(context: Source | str | os.PathLike[str] | Mapping[str, bytes | str] | IO[bytes]) -> Source:
    """The build context: a folder's path, a mapping of paths to contents, or an open tar archive.

    Raises NotADirectoryError where a path is no folder.
    """
    if isinstance(context, str | os.PathLike):
        if not (folder := Path(context)).is_dir():
            raise NotADirectoryError(f"The build context {os.fspath(context)!r} is not a folder.")
        return Context(folder)
    if isinstance(context, Mapping):
        return Files(context)
    return context if isinstance(context, Source) else Archive(context)


class _Choice:
    """Which paths are wanted: what the includes match, if there are any, without what the excludes match."""

    def __init__(self, include: Patterns, exclude: Patterns) -> None:
        self._include, self._exclude = include, exclude
        self.unmatched = (include.unmatched, exclude.unmatched)

    def match(self, path: str, above: "_Matches") -> "_Matches":
        """What matches a path, given what matches its folder."""
        return self._include.match(path, above[0]), self._exclude.match(path, above[1])

    def verdict(self, matches: "_Matches") -> bool:
        """Whether the path is wanted."""
        included, excluded = matches
        return (not self._include or self._include.verdict(included)) and not self._exclude.verdict(excluded)

    def may_contain_wanted(self, matches: "_Matches") -> bool:
        """Whether an unwanted folder may contain wanted files: an exception to the excludes, or an include below."""
        return bool(self._include) or not self._exclude.verdict(matches[1]) or self._exclude.has_exceptions()


_Matches = tuple[tuple[bool, ...], tuple[bool, ...]]


@dataclass(slots=True)
class _Folder:
    """A folder on the way: what is known of it, and whether it has been sent."""

    entry: Entry
    matches: _Matches
    above: "_Folder | None"
    sent: bool


class _Walk:
    """One pass over a folder."""

    def __init__(self, context: Context, include: Patterns, exclude: Patterns) -> None:
        self._context, self._choice = context, _Choice(include, exclude)
        self._root = os.fspath(context.root)
        self._links: dict[tuple[int, int], str] = {}  # first path of each file that has several names

    def folder(self, path: str, above: _Folder | None) -> Iterator[Entry]:
        """The wanted paths in one folder and below."""
        edits = self._context.edited(path)
        found = {entry.name: entry for entry in self._scan(path)}
        for name in sorted({*found, *edits}, key=os.fsencode):
            child = posixpath.join(path, name)
            if child == ".dockerignore" and not self._context.ignore:
                continue
            yield from self._child(child, found.get(name), edits.get(name), above)

    def _scan(self, path: str) -> Iterator["os.DirEntry[str]"]:
        with os.scandir(os.path.join(self._root, path)) as entries:
            yield from entries

    def _child(
        self, path: str, found: "os.DirEntry[str] | None", edit: bytes | None, above: _Folder | None
    ) -> Iterator[Entry]:
        matches = self._choice.match(path, above.matches if above else self._choice.unmatched)
        wanted = self._choice.verdict(matches)
        is_folder = found is not None and edit is None and found.is_dir(follow_symlinks=False)
        if not wanted and not (is_folder and self._choice.may_contain_wanted(matches)):
            return
        try:
            entry = self._entry(path, found, edit)
        except FileNotFoundError:  # gone since the folder was read
            return
        if wanted:
            yield from self._unsent(above)
            yield entry
        if is_folder:
            yield from self.folder(path, _Folder(entry, matches, above, sent=wanted))

    def _unsent(self, folder: _Folder | None) -> Iterator[Entry]:
        """The folders above a wanted path that have not been sent yet."""
        if folder is None or folder.sent:
            return
        yield from self._unsent(folder.above)
        folder.sent = True
        yield folder.entry

    def _entry(self, path: str, found: "os.DirEntry[str] | None", edit: bytes | None) -> Entry:
        if edit is not None:
            mode = found.stat(follow_symlinks=False).st_mode if found else 0o644
            return Entry(of_bytes(path, edit, mode, self._context.made_ns), edit)
        assert found is not None
        status = found.stat(follow_symlinks=False)
        described = describe(path, status, found.path)
        if status.st_nlink > 1 and stat.S_ISREG(status.st_mode):
            self._hard_link(described, (status.st_dev, status.st_ino))
        return Entry(described, found.path)

    def _hard_link(self, described: Stat, identity: tuple[int, int]) -> None:
        """The second name of a file is sent as a link to the first."""
        first = self._links.setdefault(identity, described.path)
        if first != described.path:
            described.linkname, described.size = first, 0


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
