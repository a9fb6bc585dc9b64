"""A build context: a folder, without what is excluded and with the edits that an experiment makes to it."""

import hashlib
import os
import posixpath
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helpers.engine.buildkit import follow
from helpers.engine.buildkit.patterns import Patterns
from helpers.engine.buildkit.proto.filesync_pb2 import Stat
from helpers.engine.buildkit.stat import describe, of_bytes

_CHUNK = 32 * 1024  # what BuildKit's own client sends at a time


Bytes = str | bytes  # of a file: where they lie, or themselves


@dataclass(frozen=True, slots=True)
class Entry:
    """A path of the context and where its bytes come from."""

    stat: Stat
    source: Bytes

    def chunks(self) -> Iterator[bytes]:
        """The file's bytes: see `chunks`."""
        return chunks(self.source)


def chunks(source: Bytes) -> Iterator[bytes]:
    """The bytes, piece by piece; none if the file vanished since it was listed."""
    if isinstance(source, bytes):
        yield from (source[at : at + _CHUNK] for at in range(0, len(source), _CHUNK))
        return
    try:
        with open(source, "rb", buffering=0) as file:
            while piece := file.read(_CHUNK):
                yield piece
    except FileNotFoundError:
        return


@dataclass(frozen=True)
class Context:
    """What a Dockerfile's COPY can see.

    `edits` are files that only the engine gets to see, in place of or beside those on disk (path → bytes).
    `ignore=False` leaves `.dockerignore` out, as if there were none. The engine keeps what it was sent of a folder and
    asks only for what has changed; contexts with another `memory` are new to it, and sent whole.
    """

    root: Path
    edits: Mapping[str, bytes] = field(default_factory=dict)
    ignore: bool = True
    memory: str = ""
    made_ns: int = field(default_factory=time.time_ns)

    @property
    def shared_key(self) -> str:
        """What the engine knows the folder by."""
        return hashlib.sha256(os.fsencode(self.root.resolve()) + self.memory.encode()).hexdigest()

    def entries(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> Iterator[Entry]:
        """The wanted paths, in the order that the protocol asks for: a folder, then what lies in it, by name.

        `include` are paths and wildcards, links among them followed; none: everything.
        """
        wanted = follow.links(self.root, include)
        yield from _Walk(self, Patterns(wanted), Patterns(exclude)).folder("", None)

    def edited(self, folder: str) -> dict[str, bytes]:
        """The edits that lie directly in `folder`, by name."""
        return {
            posixpath.basename(path): text for path, text in self.edits.items() if posixpath.dirname(path) == folder
        }


@dataclass(frozen=True)
class Texts:
    """A folder that exists only here: name → content. What holds the Dockerfile, apart from the context."""

    files: Mapping[str, bytes]
    made_ns: int = field(default_factory=time.time_ns)

    def entries(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> Iterator[Entry]:
        """All files, by name."""
        for name, content in sorted(self.files.items()):
            yield Entry(of_bytes(name, content, 0o644, self.made_ns), content)


@dataclass(slots=True)
class _Folder:
    """A folder on the way: what is known of it, and whether it has been sent."""

    entry: Entry
    included: tuple[bool, ...]
    excluded: tuple[bool, ...]
    above: "_Folder | None"
    sent: bool


class _Walk:
    """One pass over a context."""

    def __init__(self, context: Context, include: Patterns, exclude: Patterns) -> None:
        self._context, self._include, self._exclude = context, include, exclude
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
        included = self._include.match(path, above.included if above else self._include.unmatched)
        excluded = self._exclude.match(path, above.excluded if above else self._exclude.unmatched)
        wanted = (not self._include or self._include.verdict(included)) and not self._exclude.verdict(excluded)
        is_folder = found is not None and edit is None and found.is_dir(follow_symlinks=False)
        if not wanted and not (is_folder and self._may_hold(excluded)):
            return
        try:
            entry = self._entry(path, found, edit)
        except FileNotFoundError:  # gone since the folder was read
            return
        if wanted:
            yield from self._unsent(above)
            yield entry
        if is_folder:
            yield from self.folder(path, _Folder(entry, included, excluded, above, sent=wanted))

    def _may_hold(self, excluded: tuple[bool, ...]) -> bool:
        """Whether an unwanted folder may still hold wanted files: an exception to the excludes, or an include below."""
        return bool(self._include) or not self._exclude.verdict(excluded) or self._exclude.has_exceptions()

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
