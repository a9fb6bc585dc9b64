"""The clock by which waits and measurements are timed. A replay that doesn't wait moves it by what was recorded."""

import threading
import time


class Skipped:
    """The time that replays have skipped instead of waiting for it."""

    def __init__(self) -> None:
        self._lock, self.seconds = threading.Lock(), 0.0

    def add(self, seconds: float) -> None:
        """Moves the clock forward."""
        with self._lock:
            self.seconds += seconds


_skipped, _skipping = Skipped(), threading.Event()
_slept = threading.local()


def monotonic() -> float:
    """Like time.monotonic, in seconds."""
    return time.monotonic() + _skipped.seconds


def sleep(seconds: float) -> None:
    """Like time.sleep; moves the clock instead if waits are skipped."""
    _slept.seconds = slept() + seconds
    if _skipping.is_set():
        _skipped.add(seconds)
    else:
        time.sleep(seconds)


def slept() -> float:
    """The seconds for which this thread has asked `sleep` to wait."""
    return float(getattr(_slept, "seconds", 0.0))


def skip_waits() -> None:
    """From now on, `sleep` doesn't wait."""
    _skipping.set()


def stop_skipping() -> None:
    """From now on, `sleep` waits again, and the clock is the system's."""
    _skipping.clear()
    _skipped.add(-_skipped.seconds)
