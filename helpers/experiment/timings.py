"""Timings of the engine's work in a run; the rest of a run's duration is the course's own overhead."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from helpers.experiment.store import Store, current_run
from helpers.records import Kind, Work


@contextmanager
def timed(kind: Kind, name: str) -> Iterator[None]:
    """Records the duration of the block for the current run, even if the block fails."""
    began = time.monotonic()
    try:
        yield
    finally:
        Store().add_work(current_run(), Work(kind, name, time.monotonic() - began))
