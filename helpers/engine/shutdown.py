"""SIGTERM to a container while a request is in flight: does it finish, how long does the end take, which status."""

import threading
import time

import urllib3
from docker.models.containers import Container

from helpers.engine.throwaway import exit_status
from helpers.records.errors import ContainerError
from helpers.records.run import Shutdown

GRACE_SECONDS = 10.0  # what `docker stop` gives a container before it kills it
IN_FLIGHT_SECONDS = 0.3  # after which a request on this machine has long reached its handler
KILLED = 137


class InFlight(threading.Thread):
    """One request, sent from a thread of its own."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)  # an interrupted cell waits for nothing
        self._url = url
        self.answered = False

    def run(self) -> None:
        """Ask once, without retries, and remember whether a whole 200 came back."""
        try:
            with urllib3.PoolManager(retries=False) as http:
                self.answered = http.request("GET", self._url, timeout=2 * GRACE_SECONDS).status == 200
        except urllib3.exceptions.HTTPError:
            self.answered = False

    def finished(self) -> bool:
        """Whether the request got its answer."""
        self.join(GRACE_SECONDS)
        return self.answered


def stop(container: Container, slow_url: str | None) -> Shutdown:
    """SIGTERM, and what became of the container and of the request to `slow_url` that was under way.

    A container that does not end within the grace of `docker stop` is killed and has status 137.
    """
    request = _send(slow_url) if slow_url else None
    began = time.monotonic()
    container.kill("SIGTERM")
    status = exit_status(container, GRACE_SECONDS)
    if status is None:
        container.kill("SIGKILL")
        status = KILLED
    seconds = time.monotonic() - began
    return Shutdown(seconds, status, request.finished() if request else None)


def _send(url: str) -> InFlight:
    request = InFlight(url)
    request.start()
    time.sleep(IN_FLIGHT_SECONDS)
    if not request.is_alive():
        raise ContainerError(
            f"The request to {url} had ended before the signal could be sent.",
            f"Ask for something that takes longer than {IN_FLIGHT_SECONDS} s.",
        )
    return request
