"""The engine's account of a whole image: what `docker save` writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from docker import DockerClient

from helpers.engine.layer import BLOCK

_SECONDS = 600  # the engine is silent while it writes the whole image to its own disk


@contextmanager
def saving(client: DockerClient, image: str) -> Iterator[Iterator[bytes]]:
    """The pieces of the image's tar as they arrive; what is not read by the end of the block is not sent."""
    api: Any = client.api
    with api._get(api._url("/images/{0}/get", image), stream=True, timeout=_SECONDS) as answer:
        api._raise_for_status(answer)
        yield answer.iter_content(BLOCK)
