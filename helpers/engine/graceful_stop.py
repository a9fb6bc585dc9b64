"""Graceful shutdown: sends SIGTERM to a container, optionally with a request in flight."""

from collections.abc import Callable
from typing import Protocol

from docker.models.containers import Container

from helpers.core import clock
from helpers.core.errors import ContainerError
from helpers.core.records.run import Shutdown
from helpers.engine.ephemeral import exit_status

GRACE_SECONDS = 10.0  # what `docker stop` gives a container before it kills it
KILLED = 137


class Sent(Protocol):
    """A request that was sent."""

    url: str

    def is_under_way(self) -> bool:
        """Whether no response has arrived yet."""

    def is_finished(self) -> bool:
        """Whether a complete 200 arrived within the grace period."""


def stop(container: Container, send: Callable[[], Sent] | None) -> Shutdown:
    """Sends SIGTERM; returns how the container and the in-flight request of `send` ended.

    A container that doesn't exit within the grace period of `docker stop` is killed and gets status 137.
    Raises ContainerError if the request finished before the signal was sent.
    """
    request = _in_flight(send()) if send else None
    began = clock.monotonic()
    container.kill("SIGTERM")
    status = exit_status(container, GRACE_SECONDS)
    if status is None:
        container.kill("SIGKILL")
        status = KILLED
    seconds = clock.monotonic() - began
    return Shutdown(seconds, status, request.is_finished() if request else None)


def _in_flight(request: Sent) -> Sent:
    if not request.is_under_way():
        raise ContainerError(
            f"The request to {request.url} finished before SIGTERM could be sent.",
            "Use a path that takes at least half a second.",
        )
    return request
