"""Two ways to reach a container: on its published port, or through a helper container in its network."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import APIError
from docker.models.containers import Container

from helpers.core import clock
from helpers.core.errors import ContainerError
from helpers.engine import http_client
from helpers.engine.diagnosis import exited_error
from helpers.engine.ephemeral import created, is_running, log_of
from helpers.engine.graceful_stop import GRACE_SECONDS
from helpers.engine.health import NOTHING, REQUEST_SECONDS, Waiting
from helpers.engine.http_client import BODY_BYTES, Answer, NoAnswer, answer_of, in_url
from helpers.engine.procfs import helper_image
from helpers.engine.recording import played, through

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
        began = clock.monotonic()
        container.start()
        self._address = address_of(container, self._port, self._where, path)
        url = self._address + path
        return Waiting(url, timeout, began, partial(http_client.ask, url))

    def send(self, path: str) -> "InFlight":
        """A request in flight."""
        request = InFlight(self._address + path)
        if not played():  # a replay knows how it ended; a second thread would move its clock as well
            request.start()
        clock.sleep(IN_FLIGHT_SECONDS)
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
            self._answered = http_client.ask(self.url, 2 * GRACE_SECONDS).status == 200
        except NoAnswer:
            self._answered = False

    def is_under_way(self) -> bool:
        """Whether no response has arrived yet."""
        return through("request in flight", self.url, self.is_alive, bool)

    def is_finished(self) -> bool:
        """Whether a complete 200 arrived within the grace period."""
        return through("request finished", self.url, self._finished, bool)

    def _finished(self) -> bool:
        self.join(GRACE_SECONDS)
        return self._answered


def address_of(container: Container, port: int, where: str, path: str) -> str:
    """The base URL of the container.

    Raises ContainerExited, or ContainerError if the engine published no port.
    """
    if not is_running(container):
        raise exited_error(container, path)
    published = container.attrs["NetworkSettings"]["Ports"].get(f"{port}/tcp")
    if not published:
        raise ContainerError(f"The engine published no port for {port}.", "Check that it has a bridge network.")
    return f"http://{in_url(where)}:{published[0]['HostPort']}"


SCRIPT = Path(__file__).with_name("ask.pl")
_CHECK_SECONDS = 0.1
_SPARE_SECONDS = 900  # by which a helper outlives the wait; it then exits, even if nothing removes it
_RESTRICTED: dict[str, Any] = {
    "entrypoint": [],
    "user": "65534:65534",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "mem_limit": "128m",
    "memswap_limit": "128m",
    "pids_limit": 16,
}


class HelperProbe:
    """Requests to a container that only its engine's host can reach."""

    note = "requested and timed on the engine's host by a helper container"

    def __init__(self, client: DockerClient, helper: Container, port: int) -> None:
        self._client, self._helper, self._port = client, helper, port
        self.options: dict[str, Any] = {"network_mode": f"container:{helper.id}"}

    def start(self, container: Container, path: str, timeout: float) -> Waiting:
        """Starts both clocks, then the container. Raises ContainerExited."""
        there = datetime.fromisoformat(self._client.info()["SystemTime"]).timestamp()
        began = clock.monotonic()
        try:
            container.start()
        except APIError:
            _require_running(self._helper)  # if it has exited, there is no network to join
            raise
        if not is_running(container):
            raise exited_error(container, path)
        return Waiting(self._url(path), timeout, began, lambda _: self._latest(there))

    def send(self, path: str) -> "HelperRequest":
        """A request in flight to the `slow_path` that the helper was created with."""
        self._helper.kill("SIGUSR1")
        request = HelperRequest(self._helper, self._url(path))
        request.wait_for("sent", GRACE_SECONDS)
        return request

    def _latest(self, there: float) -> Answer:
        """The helper's latest response, read as often as the container's state is checked."""
        clock.sleep(_CHECK_SECONDS)
        lines = _lines(self._helper, "answer")
        if not lines:
            _require_running(self._helper)
            raise NoAnswer(NOTHING)
        return _read(lines[-1], there)

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}{path}"


class HelperRequest:
    """A request that the helper sent."""

    def __init__(self, helper: Container, url: str) -> None:
        self._helper, self.url = helper, url

    def is_under_way(self) -> bool:
        """Whether no response has arrived yet."""
        return not _lines(self._helper, "ended")

    def is_finished(self) -> bool:
        """Whether a complete 200 arrived within the grace period."""
        ended = self.wait_for("ended", GRACE_SECONDS)
        return bool(ended) and ended[-1][2:4] == ["200", "1"]

    def wait_for(self, keyword: str, seconds: float) -> list[list[str]]:
        """The helper's lines that begin with the keyword, as soon as there are any; [] after `seconds`."""
        deadline = clock.monotonic() + seconds
        while not (found := _lines(self._helper, keyword)) and clock.monotonic() < deadline:
            clock.sleep(_CHECK_SECONDS / 5)
        return found


@contextmanager
def helper_probe(
    client: DockerClient, port: int, path: str, slow_path: str | None, timeout: float, network: dict[str, Any]
) -> Iterator[HelperProbe]:
    """A running helper that polls the path; removed at the end of the block.

    Raises BaseImageError if the engine has no image for it.
    """
    numbers = (BODY_BYTES, REQUEST_SECONDS, timeout + _SPARE_SECONDS)
    command = ["perl", "-e", SCRIPT.read_text(), "--", str(port), path, slow_path or path, *map(str, numbers)]
    with created(client, helper_image(client), command, **_RESTRICTED, **network) as helper:
        helper.start()
        yield HelperProbe(client, helper, port)


def _lines(helper: Container, keyword: str) -> list[list[str]]:
    """The complete lines that begin with the keyword, split into fields."""
    whole = log_of(helper, "all").rpartition("\n")[0].split("\n")
    return [line.split("\t") for line in whole if line.split("\t")[0] == keyword]


def _read(line: list[str], there: float) -> Answer:
    """The response in a line of the helper. Raises NoAnswer if it reports none, or an incomplete one."""
    _, at, status, whole, words, body = line
    if whole == "0":
        late = f"HTTP {status}, but {words.strip()}" if status != "0" else words.strip()
        raise NoAnswer(late or NOTHING)
    return answer_of(int(status), bytes.fromhex(body), words, max(float(at) - there, 0.0))


def _require_running(helper: Container) -> None:
    if not is_running(helper):
        raise ContainerError(
            f"The helper container on the engine's host exited: {log_of(helper).strip()}",
            "The helper needs an image with perl. On that engine, run `docker pull golang:1.19-bullseye`",
        )
