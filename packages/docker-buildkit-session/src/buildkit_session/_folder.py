"""A folder as a build context, listed while it is sent."""

import hashlib
import os
import posixpath
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from buildkit_session import _follow
from buildkit_session._choice import Choice, Matches
from buildkit_session._entry import Entry
from buildkit_session._patterns import Patterns
from buildkit_session._proto.filesync_pb2 import Stat
from buildkit_session._stat import describe, of_bytes


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


@dataclass(slots=True)
class _Folder:
    """A folder on the way: what is known of it, and whether it has been sent."""

    entry: Entry
    matches: Matches
    above: "_Folder | None"
    sent: bool


class _Walk:
    """One pass over a folder."""

    def __init__(self, context: Context, include: Patterns, exclude: Patterns) -> None:
        self._context, self._choice = context, Choice(include, exclude)
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
