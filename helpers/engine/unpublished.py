"""What a request from this machine gets while a container runs without a published port."""

import socket

from docker import DockerClient
from docker.models.containers import Container

from helpers.core import clock
from helpers.engine import http_client
from helpers.engine.ephemeral import created, is_running, limited, log_of
from helpers.engine.failures import explained
from helpers.engine.http_client import LOOPBACK, NoAnswer
from helpers.engine.network import isolated
from helpers.engine.recording import through

_START_SECONDS = 5.0  # for the program to write its first line
_REQUEST_SECONDS = 2.0
_POLL_SECONDS = 0.05


def request_unpublished(client: DockerClient, image: str, path: str) -> str:
    """What happened, as a client sees it: its error, the container's state and ports, and its log.

    The request goes to a port of this machine on which nothing listens. Raises ContainerError if it can't start.
    """
    with explained(), created(client, image, **limited(), **isolated(client).options) as container:
        container.start()
        _wait_for_its_log(container)
        port = through("port", "on which nothing listens", _free_port, int)
        url = f"http://{LOOPBACK}:{port}{path}"
        result = _result(url)
        state = "is running" if is_running(container) else "has exited"
        ports = ", ".join(container.attrs["NetworkSettings"]["Ports"]) or "none"
        return f"GET {url}: {result}\nThe container {state}. PORTS: {ports}\nIts log ends with:\n{log_of(container)}"


def _wait_for_its_log(container: Container) -> None:
    deadline = clock.monotonic() + _START_SECONDS
    while not log_of(container) and clock.monotonic() < deadline:
        clock.sleep(_POLL_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _result(url: str) -> str:
    try:
        return str(http_client.ask(url, _REQUEST_SECONDS))
    except NoAnswer as error:
        return str(error)
