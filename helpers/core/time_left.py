"""How long the remaining steps of a command take: their expected times, corrected by those of the finished steps."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

# Weighs as much as a finished step of this many seconds that took as long as expected: short steps say little.
_DAMPING = 10.0
_SLOWEST = 3.0  # a step that took far longer than that has changed, and says nothing about the others
_A_FEW = 5.0  # up to so many seconds are "a few seconds"


@dataclass
class Steps:
    """The steps of a command in their order. All times are in seconds; `now` is a reading of `time.time()`."""

    expected: dict[str, float]  # by step
    taken: dict[str, float] = field(default_factory=dict)  # of the finished steps
    current: str = ""
    began: float = 0.0  # when the current step began

    def begin(self, step: str, now: float | None = None) -> None:
        """Make this the current step; if it already is, it keeps its beginning."""
        if step != self.current:
            self.current, self.began = step, _now(now)

    def end(self, now: float | None = None) -> None:
        """Finish the current step."""
        self.taken[self.current] = _now(now) - self.began
        self.current = ""

    def drop(self, step: str) -> None:
        """Forget a step that turned out not to be needed."""
        self.expected.pop(step, None)

    @property
    def pace(self) -> float:
        """How much longer the finished steps took than expected: 1.0 as expected, 2.0 twice as long, 3.0 at most."""
        known = [step for step in self.taken if step in self.expected]
        planned, actual = (sum(times[step] for step in known) for times in (self.expected, self.taken))
        return min((actual + _DAMPING) / (planned + _DAMPING), _SLOWEST)

    def left(self, now: float | None = None) -> float:
        """The seconds until the last step ends, at the pace of those that are finished."""
        waiting = sum(seconds for step, seconds in self.expected.items() if step not in {*self.taken, self.current})
        return self.pace * waiting + max(self.left_of_current(now), 0.0)

    def left_of_current(self, now: float | None = None) -> float:
        """The seconds until the current step ends; negative if it takes longer than expected, 0 if there is none."""
        if not self.current:
            return 0.0
        return self.pace * self.expected.get(self.current, 0.0) - (_now(now) - self.began)

    def note(self, now: float | None = None) -> str:
        """The time left, for a progress line: "about 4 min left"; "" if it isn't known.

        It isn't if the current step takes longer than expected and hardly anything follows: that can last minutes.
        """
        left = self.left(now)
        is_late = self.left_of_current(now) < 0 and left <= _A_FEW
        return f"{about(left)} left" if self.expected and not is_late else ""


def _now(given: float | None) -> float:
    return time.time() if given is None else given  # not the monotonic clock: a step may span two processes


_shown: list[Steps] = []


@contextmanager
def shown(steps: Steps) -> Iterator[None]:
    """Within this context, progress lines end with the time that these steps have left."""
    _shown.append(steps)
    try:
        yield
    finally:
        _shown.remove(steps)


def note() -> str:
    """The time that the shown steps have left, for a progress line; "" if it isn't known."""
    return _shown[-1].note() if _shown else ""


def about(seconds: float) -> str:
    """A rough time as text: "about 20 s", "about 4 min"; the smallest is "a few seconds"."""
    return f"about {rounded(seconds)}" if seconds > _A_FEW else "a few seconds"


def rounded(seconds: float) -> str:
    """A rough time, in steps of 5 s below a minute and a half: "20 s", "4 min", "1 h 10 min"."""
    if seconds < 87.5:
        return f"{max(5, 5 * round(seconds / 5))} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def scaled(expected: Mapping[str, float], factor: float) -> dict[str, float]:
    """The expected times, each multiplied by the factor."""
    return {step: seconds * factor for step, seconds in expected.items()}
