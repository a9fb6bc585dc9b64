"""A lock that lets only one command at a time change the Python environment; standard library only."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from helpers.core.paths import NOTES

WAITING = "Another command is setting up the Python environment. This one continues when that is done."
_POLL_SECONDS = 0.2


@contextmanager
def alone() -> Iterator[None]:
    """Within this context, no other command of this checkout is in the same context; says so if one is waited for.

    The system releases the lock when a process ends, even if it's killed.
    """
    NOTES.mkdir(exist_ok=True)
    with (NOTES / "environment.lock").open("a", encoding="utf-8") as file:
        if not _acquired(file):
            print(WAITING, flush=True)
            while not _acquired(file):
                time.sleep(_POLL_SECONDS)
        yield


if sys.platform == "win32":
    import msvcrt

    def _acquired(file: IO[str]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _acquired(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a network file system without locks: there's nothing to wait for
            return True
        return True
