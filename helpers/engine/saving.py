"""Streams the archive of an image, as `docker save` writes it."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

from docker import DockerClient

from helpers.engine.layer import BLOCK

_SECONDS = 600  # the engine sends nothing while it writes the whole image to its own disk


@contextmanager
def saving(client: DockerClient, image: str, copy: Path | None = None) -> Iterator[Iterator[bytes]]:
    """The chunks of the image's tar as they arrive. What the block doesn't read isn't transferred.

    With `copy`, the whole archive is transferred and written to that file.
    """
    api: Any = client.api
    with api._get(api._url("/images/{0}/get", image), stream=True, timeout=_SECONDS) as response:
        api._raise_for_status(response)
        chunks = response.iter_content(BLOCK)
        with copy.open("wb") if copy else nullcontext() as file:
            yield _copying(chunks, file) if file else chunks
            if file:
                file.writelines(chunks)


def _copying(chunks: Iterator[bytes], file: IO[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        file.write(chunk)
        yield chunk
