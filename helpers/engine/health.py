"""Waiting for a container's first good answer, and why it never came."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from docker import DockerClient
from docker.models.containers import Container

from helpers.core.errors import BaseImageError, ContainerError, ContainerExited, NeverHealthy
from helpers.core.records.run import Health
from helpers.engine import http_client
from helpers.engine.ephemeral import log_of
from helpers.engine.http_client import PUBLISH, Answer, NoAnswer
from helpers.engine.procfs import listening_ports

POLL_SECONDS = 0.005, 0.010  # shortest and longest pause between requests; it grows with the wait
CHECK_SECONDS = 0.1  # between two checks of the container itself, which also report progress
REQUEST_SECONDS = 10.0  # for one complete response
REFUSED_SECONDS = 10.0  # give up on a server that responds with neither 200 nor 5xx for this long
_INFORMATIVE_SECONDS = 0.5  # a request cut off sooner by the end of the wait says less than the previous result
NOTHING = "no response"
_TEMPORARY = frozenset({408, 425, 429})  # timeout, too early, too many requests: rfc9110, rfc8470, rfc6585

Ask = Callable[[float], Answer]  # sends a request, given its timeout in seconds; raises NoAnswer


@dataclass
class Waiting:
    """The state of a wait for the first 200: the URL and the last result."""

    url: str
    limit: float  # seconds from `began`
    began: float = field(default_factory=time.monotonic)
    ask: Ask | None = None  # how to request the URL; None: from this machine
    last: str = NOTHING
    _refused_since: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began, by the client's monotonic clock."""
        return time.monotonic() - self.began

    @property
    def answers(self) -> bool:
        """Whether the last result was a response, with a status other than 200."""
        return self.last.startswith("HTTP ")

    @property
    def is_refused(self) -> bool:
        """Whether all responses of the last REFUSED_SECONDS were of a kind that waiting won't change."""
        return self._refused_since is not None and self.elapsed - self._refused_since >= REFUSED_SECONDS

    def until_healthy(self, check: Callable[[float], bool]) -> Health | None:
        """The first 200; None at the limit, once `is_refused`, or if `check(seconds so far)` returns False."""
        next_check = CHECK_SECONDS
        while not (health := self._health()) and self.elapsed < self.limit and not self.is_refused:
            if self.elapsed >= next_check:
                if not check(self.elapsed):
                    return None
                next_check = self.elapsed + CHECK_SECONDS
            time.sleep(pause(self.elapsed))
        return health

    def _health(self) -> Health | None:
        timeout = max(min(REQUEST_SECONDS, self.limit - self.elapsed), POLL_SECONDS[0])
        try:
            answer = (self.ask or partial(http_client.ask, self.url))(timeout)
        except NoAnswer as error:
            self._refused_since = None
            if timeout >= _INFORMATIVE_SECONDS or self.last == NOTHING:
                self.last = str(error)
            return None
        if answer.status == 200:
            return Health(200, self.elapsed if answer.seconds is None else answer.seconds, answer.body)
        self._note(answer)
        return None

    def _note(self, answer: Answer) -> None:
        self.last = str(answer)
        if answer.status >= 500 or answer.status in _TEMPORARY:
            self._refused_since = None
        elif self._refused_since is None:
            self._refused_since = self.elapsed


def pause(elapsed: float) -> float:
    """Seconds until the next request: a thousandth of the wait so far, within POLL_SECONDS. Requests use CPU time."""
    shortest, longest = POLL_SECONDS
    return min(max(elapsed / 1000, shortest), longest)


_INTERVAL_SECONDS = 0.5
LIMIT_SECONDS = 30.0
_POLL_SECONDS = 0.05

# Runs the image's check more often; the command and the criteria stay the image's own.
OFTEN: dict[str, Any] = {"healthcheck": {"interval": int(_INTERVAL_SECONDS * 1e9)}}


def verdict_of(container: Container, limit: float = LIMIT_SECONDS) -> str | None:
    """The engine's verdict within `limit` seconds: "healthy", "unhealthy", or "starting" if it hasn't decided.

    None if the image has no HEALTHCHECK.
    """
    deadline = time.monotonic() + limit
    verdict = _current(container)
    while verdict == "starting" and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        verdict = _current(container)
    return verdict


def _current(container: Container) -> str | None:
    container.reload()
    health = container.attrs["State"].get("Health") or {}
    status = health.get("Status")
    return None if status in (None, "none") else str(status)


LAST_LINES = 12
HINTS = {
    0: "Make CMD start a program that stays in the foreground: the main process exited by itself.",
    126: "Make the program that CMD names executable.",
    127: "Check CMD: the program that it names is not in the image.",
    133: "If you link with `-linkmode external`, build with CGO_ENABLED=0 instead: Go 1.19 programs linked that way "
    "without any package that uses cgo end with a trap at start (golang/go#31544).",
    137: "Run `docker events` to see what killed it.",
    139: "Check that the binary was built for this architecture and C library: it ended with a segmentation fault.",
}


def exited_error(container: Container, path: str) -> ContainerExited:
    """The error for a container that exited before it responded: its status, its last log lines, and a hint."""
    state = container.attrs["State"]
    status = int(state["ExitCode"])
    usual = HINTS.get(status, "Read the last line above: it usually names the cause.")
    hint = _out_of_memory(container.attrs) if state.get("OOMKilled") else usual
    return ContainerExited(
        f"The container exited with status {status} before it responded to {path}.{_log_end(container)}", hint
    )


def unhealthy_error(client: DockerClient, container: Container, waiting: Waiting, port: int) -> NeverHealthy:
    """The error for a container that runs but never responded with 200: the URL, its ports, its EXPOSE and its log."""
    ports = _ports(client, container)
    facts = " ".join(filter(None, (_listening(ports), _exposed(container.image.attrs if container.image else {}))))
    return NeverHealthy(f"{_result(waiting, port)}\n{facts}{_log_end(container)}", hint(ports, port, waiting.last))


def hint(ports: dict[int, bool] | None, port: int, last: str) -> str:
    """What to change, given the listening ports (None: unknown), the requested port and the last result."""
    if last.startswith(("HTTP 5", "HTTP 2")):
        return f"Check its log and the services that it needs: it doesn't respond with a complete 200 ({last})."
    if last.startswith("HTTP "):
        return f"Check the path: it responds, but not with 200 ({last}). Redirects aren't followed."
    if not ports:
        return "If it is still starting, set a longer timeout. If not, check in the log whether it listens at all."
    if port not in ports:
        return f"Use port={_list(ports)}, or set PORT={port}: it doesn't listen on port {port}."
    if not ports[port]:
        return f"Make it listen on 0.0.0.0:{port}: it listens on loopback only."
    return (
        f"Set {PUBLISH}=none to send the requests from a helper container on the engine's host, or set it to an "
        "address of that host that this machine can reach. The container listens, but this machine can't reach it: "
        "the engine may be remote (a dev container, a forwarded socket)."
    )


def _result(waiting: Waiting, port: int) -> str:
    where = f"{waiting.url} (port {port} of the container)"
    if waiting.is_refused:
        return f"{where} has responded with {waiting.last} for {REFUSED_SECONDS:g} s."
    return f"No 200 from {where} within {waiting.limit:g} s; last result: {waiting.last}."


def _out_of_memory(container: dict[str, Any]) -> str:
    limit = (container.get("HostConfig") or {}).get("Memory") or 0
    which = f"its limit is {limit / 2**20:,.0f} MiB" if limit else "the engine's host has too little"
    return f"Set another limit with `run(memory=…)`: the container ran out of memory ({which})."


def _ports(client: DockerClient, container: Container) -> dict[int, bool] | None:
    try:
        return listening_ports(client, container)
    except (BaseImageError, ContainerError):  # must not hide the failure that is being explained
        return None


def _listening(ports: dict[int, bool] | None) -> str:
    if ports is None:
        return ""
    return f"It listens on {_list(ports)}." if ports else "It listens on no port."


def _exposed(image: dict[str, dict[str, dict[str, object] | None]]) -> str:
    exposed = (image.get("Config") or {}).get("ExposedPorts") or {}
    return f"The image has EXPOSE {' '.join(sorted(exposed))}." if exposed else "The image has no EXPOSE."


def _log_end(container: Container) -> str:
    lines = log_of(container, LAST_LINES).rstrip()
    return f"\nIts log ends with:\n{lines}" if lines else "\nIts log is empty."


def _list(ports: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ports)))
