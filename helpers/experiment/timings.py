"""The timesheet of a run: how long the engine worked, on what. All that a run takes beyond it is the course's own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from helpers.experiment.store import Store, current_run
from helpers.records import Kind, Work


@contextmanager
def timed(kind: Kind, name: str) -> Iterator[None]:
    """Enters the seconds of the block under the present run, however it ends."""
    began = time.monotonic()
    try:
        yield
    finally:
        Store().add_work(current_run(), Work(kind, name, time.monotonic() - began))
