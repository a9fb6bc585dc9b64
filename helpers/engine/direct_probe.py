"""Requests to a container from this machine, on the port that its engine publishes."""

import threading
import time
from functools import partial
from typing import Any

from docker.models.containers import Container

from helpers.engine import asking
from helpers.engine.address import in_url
from helpers.engine.asking import NoAnswer
from helpers.engine.diagnosis import has_exited
from helpers.engine.health import Waiting
from helpers.engine.shutdown import GRACE_SECONDS
from helpers.engine.throwaway import is_running
from helpers.records.errors import ContainerError

IN_FLIGHT_SECONDS = 0.3  # by then, a request on this machine has reached its handler


class DirectProbe:
    """Requests to a container whose port is published on an address that this machine can reach."""

    note = ""

    def __init__(self, port: int, where: str, network: dict[str, Any]) -> None:
        self._port, self._where = port, where
        self.options: dict[str, Any] = {"ports": {f"{port}/tcp": (where,)}} | network
        self._address = ""

    def start(self, container: Container, path: str, timeout: float) -> Waiting:
        """Starts the clock, then the container.

        Raises ContainerExited, or ContainerError if the engine published no port.
        """
        began = time.monotonic()
        container.start()
        self._address = address_of(container, self._port, self._where, path)
        url = self._address + path
        return Waiting(url, timeout, began, partial(asking.ask, url))

    def send(self, path: str) -> "InFlight":
        """A request in flight."""
        request = InFlight(self._address + path)
        request.start()
        time.sleep(IN_FLIGHT_SECONDS)
        return request


class InFlight(threading.Thread):
    """One request, sent from its own thread."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)  # so that an interrupted cell doesn't wait for it
        self.url = url
        self._answered = False

    def run(self) -> None:
        """Sends the request and records whether a complete 200 arrived."""
        try:
            self._answered = asking.ask(self.url, 2 * GRACE_SECONDS).status == 200
        except NoAnswer:
            self._answered = False

    def is_under_way(self) -> bool:
        """Whether no response has arrived yet."""
        return self.is_alive()

    def is_finished(self) -> bool:
        """Whether a complete 200 arrived within the grace period."""
        self.join(GRACE_SECONDS)
        return self._answered


def address_of(container: Container, port: int, where: str, path: str) -> str:
    """The base URL of the container.

    Raises ContainerExited, or ContainerError if the engine published no port.
    """
    if not is_running(container):
        raise has_exited(container, path)
    published = container.attrs["NetworkSettings"]["Ports"].get(f"{port}/tcp")
    if not published:
        raise ContainerError(f"The engine published no port for {port}.", "Check that it has a bridge network.")
    return f"http://{in_url(where)}:{published[0]['HostPort']}"
