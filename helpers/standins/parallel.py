"""Runs work in threads, and reports its progress in the thread that waits for it."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event
from typing import TypeVar

from helpers.core.records import Progress

OnProgress = Callable[[Progress], None]
T = TypeVar("T")
_THREADS = 8  # more than ever run at once: a task may wait for another one


class Stopped(Exception):
    """Raised in a task by its next report after another task failed or the user interrupted."""


class Tasks:
    """Work that runs at the same time; each task gets a function to report its progress to."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._stop = Event()
        self._news: SimpleQueue[tuple[int, Progress | None]] = SimpleQueue()
        self._futures: list[Future[object]] = []
        self._numbers = itertools.count()
        self._ended = 0
        self._running: dict[int, Progress] = {}  # each running task's last report

    def start(self, work: Callable[[OnProgress], T]) -> Future[T]:
        """The future of the work, which starts at once. A task may start and wait for other tasks."""
        number = next(self._numbers)
        future = self._pool.submit(work, lambda progress: self._report(number, progress))
        self._futures.append(future)  # type: ignore[arg-type]
        future.add_done_callback(lambda _: self._news.put((number, None)))
        return future

    def wait(self, on_progress: OnProgress) -> None:
        """Returns when all tasks have finished. The first error stops the others and is raised here."""
        try:
            while self._ended < len(self._futures):
                self._take(on_progress)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Makes each task end at its next report."""
        self._stop.set()

    def _report(self, number: int, progress: Progress) -> None:
        if self._stop.is_set():
            raise Stopped
        self._news.put((number, progress))

    def _take(self, on_progress: OnProgress) -> None:
        number, progress = self._news.get()
        if progress is None:
            self._ended += 1
            self._running.pop(number, None)
            self._raise_first_error()
        else:
            self._running[number] = progress
            on_progress(combined([self._running[each] for each in sorted(self._running)], progress.detail))

    def _raise_first_error(self) -> None:
        for future in self._futures:
            if future.done() and (error := future.exception()) and not isinstance(error, Stopped):
                raise error


@contextmanager
def tasks() -> Iterator[Tasks]:
    """Tasks to start in the block. They have ended after it: if it raises, at their next report."""
    with ThreadPoolExecutor(_THREADS) as pool:
        running = Tasks(pool)
        try:
            yield running
        finally:
            running.stop()


def combined(parts: list[Progress], detail: str) -> Progress:
    """The progress of several tasks as one: their steps side by side, and the parts that they count together."""
    counted = [part for part in parts if part.total]
    return Progress(
        "; ".join(part.what for part in parts),
        sum(part.done for part in counted),
        sum(part.total for part in counted),
        detail,
    )
