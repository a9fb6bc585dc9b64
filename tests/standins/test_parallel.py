"""Tasks that run at the same time: progress in one place, and one failure stops all."""

import threading
import time

import pytest

from helpers.core.records import Progress
from helpers.standins.parallel import OnProgress, combined, tasks


def until_stopped(report: OnProgress) -> None:
    """Reports until the report raises; ends by itself after a time that fails the test."""
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        report(Progress("working"))
        time.sleep(0.01)
    raise AssertionError("it was not stopped")


def test_tasks_run_at_the_same_time_and_return_their_results() -> None:
    meeting = threading.Barrier(2, timeout=20)

    with tasks() as running:
        first, second = (running.start(lambda report: meeting.wait()) for _ in range(2))
        running.wait(lambda progress: None)

    assert {first.result(), second.result()} == {0, 1}


def test_progress_is_reported_in_the_waiting_thread() -> None:
    threads = set[threading.Thread]()

    with tasks() as running:
        running.start(lambda report: report(Progress("working")))
        running.wait(lambda progress: threads.add(threading.current_thread()))

    assert threads == {threading.current_thread()}


def test_first_error_stops_the_others_and_is_raised() -> None:
    def fail(report: OnProgress) -> None:
        raise ValueError("the reason")

    with pytest.raises(ValueError, match="the reason"), tasks() as running:
        endless = running.start(until_stopped)
        running.start(fail)
        running.wait(lambda progress: None)

    assert type(endless.exception()).__name__ == "Stopped"


def test_interruption_stops_all() -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), tasks() as running:
        endless = running.start(until_stopped)
        running.wait(interrupt)

    assert endless.done()


def test_a_task_may_start_another_and_wait_for_it() -> None:
    with tasks() as running:
        outer = running.start(lambda report: running.start(lambda report: "inner").result())
        running.wait(lambda progress: None)

    assert outer.result() == "inner"


def test_steps_side_by_side_and_counts_together() -> None:
    parts = [Progress("one", 2, 10), Progress("two"), Progress("three", 3, 5)]

    assert combined(parts, "detail") == Progress("one; two; three", 5, 15, "detail")
