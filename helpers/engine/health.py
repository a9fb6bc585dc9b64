"""Waiting for a container's first good answer, and giving up at once when it has died."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from helpers.engine import asking
from helpers.engine.asking import Answer, NoAnswer
from helpers.records.run import Health

POLL_SECONDS = 0.005, 0.010  # the pause grows with the wait, from the first to the second
CHECK_SECONDS = 0.1  # how often the container itself is looked at, and the progress told
REQUEST_SECONDS = 10.0  # for one whole answer, within the limit of the whole wait
REFUSED_SECONDS = 10.0  # a server that answers for so long, and neither 200 nor 5xx, won't change its mind
_TELLING_SECONDS = 0.5  # a request cut off sooner, by the limit of the wait, says less than the answer before it
NOTHING = "no answer"
_MAY_PASS = frozenset({408, 425, 429})  # timeout, too early, too many requests: rfc9110, rfc8470, rfc6585

Ask = Callable[[float], Answer]  # given the seconds that it may take; raises NoAnswer


@dataclass
class Waiting:
    """How a wait for the first 200 stands: what was asked, and what came back last."""

    url: str
    limit: float  # seconds from `began`
    began: float = field(default_factory=time.monotonic)
    ask: Ask | None = None  # how the URL is asked; None: from here
    last: str = NOTHING
    _refused_since: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began, by the client's monotonic clock."""
        return time.monotonic() - self.began

    @property
    def answers(self) -> bool:
        """Whether the server answered last, with another status than 200."""
        return self.last.startswith("HTTP ")

    @property
    def is_refused(self) -> bool:
        """Whether the server has answered for REFUSED_SECONDS, and only in a way that more waiting won't change."""
        return self._refused_since is not None and self.elapsed - self._refused_since >= REFUSED_SECONDS

    def until_healthy(self, look: Callable[[float], bool]) -> Health | None:
        """The first 200; None at the limit, once it `is_refused`, or once `look` (given the seconds so far) says no."""
        next_check = CHECK_SECONDS
        while not (health := self._health()) and self.elapsed < self.limit and not self.is_refused:
            if self.elapsed >= next_check:
                if not look(self.elapsed):
                    return None
                next_check = self.elapsed + CHECK_SECONDS
            time.sleep(pause(self.elapsed))
        return health

    def _health(self) -> Health | None:
        patience = max(min(REQUEST_SECONDS, self.limit - self.elapsed), POLL_SECONDS[0])
        try:
            answer = (self.ask or partial(asking.ask, self.url))(patience)
        except NoAnswer as error:
            self._refused_since = None
            if patience >= _TELLING_SECONDS or self.last == NOTHING:
                self.last = str(error)
            return None
        if answer.status == 200:
            return Health(200, self.elapsed if answer.seconds is None else answer.seconds, answer.body)
        self._note(answer)
        return None

    def _note(self, answer: Answer) -> None:
        self.last = str(answer)
        if answer.status >= 500 or answer.status in _MAY_PASS:
            self._refused_since = None
        elif self._refused_since is None:
            self._refused_since = self.elapsed


def pause(elapsed: float) -> float:
    """Seconds until the next try: a thousandth of the wait so far, within the limits. Each try costs a busy machine."""
    shortest, longest = POLL_SECONDS
    return min(max(elapsed / 1000, shortest), longest)
