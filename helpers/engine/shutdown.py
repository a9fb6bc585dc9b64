"""SIGTERM to a container while a request is in flight: does it finish, how long does the end take, which status."""

import time
from collections.abc import Callable
from typing import Protocol

from docker.models.containers import Container

from helpers.engine.throwaway import exit_status
from helpers.records.errors import ContainerError
from helpers.records.run import Shutdown

GRACE_SECONDS = 10.0  # what `docker stop` gives a container before it kills it
KILLED = 137


class Sent(Protocol):
    """A request that was sent."""

    url: str

    def is_under_way(self) -> bool:
        """Whether there is no answer yet."""

    def is_finished(self) -> bool:
        """Whether the request got a whole 200 within the grace."""


def stop(container: Container, send: Callable[[], Sent] | None) -> Shutdown:
    """SIGTERM, and what became of the container and of the request that `send` has put under way.

    A container that does not end within the grace of `docker stop` is killed and has status 137.
    Raises ContainerError where the request was too quick to be under way.
    """
    request = _under_way(send()) if send else None
    began = time.monotonic()
    container.kill("SIGTERM")
    status = exit_status(container, GRACE_SECONDS)
    if status is None:
        container.kill("SIGKILL")
        status = KILLED
    seconds = time.monotonic() - began
    return Shutdown(seconds, status, request.is_finished() if request else None)


def _under_way(request: Sent) -> Sent:
    if not request.is_under_way():
        raise ContainerError(
            f"The request to {request.url} had ended before the signal could be sent.",
            "Ask for something that takes half a second or longer.",
        )
    return request
