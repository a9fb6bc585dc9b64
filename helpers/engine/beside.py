"""Asking a container of an engine elsewhere: a helper container beside it does the asking, and nothing is published.

The helper is there first, and the container is started in its network, so that no answer is missed. The seconds are
those of the engine's host: from its clock just before the start call to the first 200 that the helper sees.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import APIError
from docker.models.containers import Container

from helpers.engine.asking import BODY_BYTES, Answer, NoAnswer, answer_of
from helpers.engine.diagnosis import has_exited
from helpers.engine.health import REQUEST_SECONDS, Waiting
from helpers.engine.outside import helper_image
from helpers.engine.shutdown import GRACE_SECONDS
from helpers.engine.throwaway import created, is_running, log_of
from helpers.records.errors import ContainerError

_SCRIPT = Path(__file__).with_name("ask.pl")
_LOOK_SECONDS = 0.1
_SPARE_SECONDS = 900  # that a helper outlives the wait; then it ends by itself, whoever started it
_ALONE: dict[str, Any] = {
    "entrypoint": [],
    "user": "65534:65534",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "mem_limit": "128m",
    "memswap_limit": "128m",
    "pids_limit": 16,
}


class Beside:
    """How a container is asked that only its own engine's host reaches."""

    note = "asked and timed on the engine's host by a helper container"

    def __init__(self, client: DockerClient, helper: Container, port: int) -> None:
        self._client, self._helper, self._port = client, helper, port
        self.options: dict[str, Any] = {"network_mode": f"container:{helper.id}"}

    def start(self, container: Container, path: str, timeout: float) -> Waiting:
        """Starts the container, and the clocks just before. Raises ContainerExited."""
        there = datetime.fromisoformat(self._client.info()["SystemTime"]).timestamp()
        began = time.monotonic()
        try:
            container.start()
        except APIError:
            _require(self._helper)  # there is no network to start in where it has ended
            raise
        if not is_running(container):
            raise has_exited(container, path)
        return Waiting(self._url(path), timeout, began, lambda _: self._newest(there))

    def send(self, path: str) -> "SentThere":
        """A request to the path that the helper was made for, which is under way by now."""
        self._helper.kill("SIGUSR1")
        request = SentThere(self._helper, self._url(path))
        request.wait_for("sent", GRACE_SECONDS)
        return request

    def _newest(self, there: float) -> Answer:
        """The last new answer that the helper has seen. It is asked for as often as the container is looked at."""
        time.sleep(_LOOK_SECONDS)
        lines = _lines(self._helper, "answer")
        if not lines:
            _require(self._helper)
            raise NoAnswer("no answer")
        return _read(lines[-1], there)

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}{path}"


class SentThere:
    """One request that the helper sent."""

    def __init__(self, helper: Container, url: str) -> None:
        self._helper, self.url = helper, url

    def is_under_way(self) -> bool:
        """Whether there is no answer yet."""
        return not _lines(self._helper, "ended")

    def is_finished(self) -> bool:
        """Whether the request got a whole 200 within the grace."""
        ended = self.wait_for("ended", GRACE_SECONDS)
        return bool(ended) and ended[-1][2:4] == ["200", "1"]

    def wait_for(self, word: str, seconds: float) -> list[list[str]]:
        """The helper's lines that begin with the word, once there is one; none at the limit."""
        deadline = time.monotonic() + seconds
        while not (found := _lines(self._helper, word)) and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS / 5)
        return found


@contextmanager
def beside(
    client: DockerClient, port: int, path: str, slow_path: str | None, timeout: float, network: dict[str, Any]
) -> Iterator[Beside]:
    """A helper that asks for the path from now on, and is removed at the end of the block.

    Raises BaseImageError where no image is there to make one from.
    """
    numbers = (BODY_BYTES, REQUEST_SECONDS, timeout + _SPARE_SECONDS)
    command = ["perl", "-e", _SCRIPT.read_text(), "--", str(port), path, slow_path or path, *map(str, numbers)]
    with created(client, helper_image(client), command, **_ALONE, **network) as helper:
        helper.start()
        yield Beside(client, helper, port)


def _lines(helper: Container, word: str) -> list[list[str]]:
    """The whole lines that begin with that word, as their fields."""
    whole = log_of(helper, "all").rpartition("\n")[0].split("\n")
    return [line.split("\t") for line in whole if line.split("\t")[0] == word]


def _read(line: list[str], there: float) -> Answer:
    """The answer in a line of the helper's. Raises NoAnswer where it says that none came, or not the whole of one."""
    _, at, status, whole, words, body = line
    if whole == "0":
        late = f"HTTP {status}, and {words.strip()}" if status != "0" else words.strip()
        raise NoAnswer(late or "no answer")
    return answer_of(int(status), bytes.fromhex(body), words, max(float(at) - there, 0.0))


def _require(helper: Container) -> None:
    if not is_running(helper):
        raise ContainerError(
            f"The helper container that asks on the engine's host has ended: {log_of(helper).strip()}",
            "`docker pull golang:1.19-bullseye` on that engine brings an image that has perl.",
        )
