"""One path of a build context, and where its bytes come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from buildkit_session._proto.filesync_pb2 import Stat

_CHUNK = 32 * 1024  # bytes that BuildKit's own client sends at a time


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
