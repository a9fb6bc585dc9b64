"""Waiting for a container's first good answer, and for the verdict of its HEALTHCHECK."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from docker.models.containers import Container

from helpers.core import clock
from helpers.core.records.run import Health
from helpers.engine import http_client
from helpers.engine.http_client import Answer, NoAnswer

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
    began: float = field(default_factory=clock.monotonic)
    ask: Ask | None = None  # how to request the URL; None: from this machine
    last: str = NOTHING
    _refused_since: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began, by the client's monotonic clock."""
        return clock.monotonic() - self.began

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
            clock.sleep(pause(self.elapsed))
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
    deadline = clock.monotonic() + limit
    verdict = _current(container)
    while verdict == "starting" and clock.monotonic() < deadline:
        clock.sleep(_POLL_SECONDS)
        verdict = _current(container)
    return verdict


def _current(container: Container) -> str | None:
    container.reload()
    health = container.attrs["State"].get("Health") or {}
    status = health.get("Status")
    return None if status in (None, "none") else str(status)
