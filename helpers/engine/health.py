"""Waiting for a container's first good answer, and giving up at once when it has died."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import urllib3

from helpers.records.run import Health

POLL_SECONDS = 0.005, 0.010  # the pause grows with the wait, from the first to the second
LOOK_SECONDS = 0.1  # how often the container itself is looked at, and the progress told
REQUEST_SECONDS = 10.0  # one request's patience, within the limit of the whole wait
_NO_RETRIES = urllib3.Retry(total=False)


@dataclass
class Waiting:
    """How a wait for the first 200 stands: what was asked, and what came back last."""

    url: str
    limit: float  # seconds from `began`
    began: float = field(default_factory=time.monotonic)
    last: str = "no answer"

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began, by the client's monotonic clock."""
        return time.monotonic() - self.began

    def until_healthy(self, look: Callable[[float], bool]) -> Health | None:
        """The first 200; None at the limit, or once `look` (given the seconds so far) says that all hope is gone."""
        next_look = LOOK_SECONDS
        with urllib3.PoolManager(retries=_NO_RETRIES) as http:
            while not (health := self._ask(http)) and self.elapsed < self.limit:
                if self.elapsed >= next_look:
                    if not look(self.elapsed):
                        return None
                    next_look = self.elapsed + LOOK_SECONDS
                time.sleep(pause(self.elapsed))
        return health

    def _ask(self, http: urllib3.PoolManager) -> Health | None:
        patience = max(min(REQUEST_SECONDS, self.limit - self.elapsed), POLL_SECONDS[0])
        try:
            answer = http.request("GET", self.url, timeout=patience, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            self.last = type(error).__name__
            return None
        if answer.status != 200:
            self.last = f"HTTP {answer.status}"
            return None
        return Health(200, self.elapsed, answer.data.decode(errors="replace"))


def pause(elapsed: float) -> float:
    """Seconds until the next try: a thousandth of the wait so far, within the limits. Each try costs a busy machine."""
    shortest, longest = POLL_SECONDS
    return min(max(elapsed / 1000, shortest), longest)
