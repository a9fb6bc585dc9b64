"""The engine's account of a whole image: what `docker save` writes."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

from docker import DockerClient

from helpers.engine.layer import BLOCK

_SECONDS = 600  # the engine is silent while it writes the whole image to its own disk


@contextmanager
def saving(client: DockerClient, image: str, copy: Path | None = None) -> Iterator[Iterator[bytes]]:
    """The pieces of the image's tar as they arrive; what is not read by the end of the block is not sent.

    Where a `copy` is wanted, all of it is sent, and lies in that file at the end.
    """
    api: Any = client.api
    with api._get(api._url("/images/{0}/get", image), stream=True, timeout=_SECONDS) as answer:
        api._raise_for_status(answer)
        pieces = answer.iter_content(BLOCK)
        with copy.open("wb") if copy else nullcontext() as file:
            yield _copied(pieces, file) if file else pieces
            if file:
                file.writelines(pieces)


def _copied(pieces: Iterator[bytes], file: IO[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        file.write(piece)
        yield piece
