"""Build contexts: what a Dockerfile's COPY can see, as a folder, a tar archive or a mapping.

All are served to the engine in the same way. It gets a list of the paths that the Dockerfile's instructions need and
that aren't excluded, and then asks for the contents that it doesn't have yet.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from buildkit_session._entry import Entry as Entry
from buildkit_session._folder import Context as Context
from buildkit_session._listed import Archive as Archive
from buildkit_session._listed import Files as Files


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
