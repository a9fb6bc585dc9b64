"""The time that a command's steps have left, and how it is written."""

import pytest

from helpers.core import time_left
from helpers.core.time_left import Steps


def test_what_is_left_follows_the_pace_of_the_finished_steps() -> None:
    steps = Steps({"a": 90.0, "b": 100.0, "c": 200.0})
    assert steps.left(0.0) == 390.0
    steps.begin("a", 1000.0)
    assert steps.left(1060.0) == 330.0
    steps.end(1190.0)  # 190 s instead of 90 s
    assert steps.pace == 2.0 and steps.left() == 600.0
    steps.begin("b", 1190.0)
    assert steps.left(1200.0) == 590.0


def test_a_step_that_takes_longer_than_expected_has_nothing_left() -> None:
    steps = Steps({"a": 10.0, "b": 20.0})
    steps.begin("a", 0.0)
    assert steps.left(500.0) == 20.0


def test_a_few_seconds_are_not_left_for_minutes() -> None:
    steps = Steps({"a": 10.0, "b": 20.0})
    steps.begin("a", 0.0)
    assert steps.note(9.0) == "about 20 s left"
    assert steps.note(500.0) == "about 20 s left"
    steps.end(10.0)
    steps.begin("b", 10.0)
    assert steps.note(28.0) == "a few seconds left"
    assert steps.note(31.0) == ""


def test_a_short_step_hardly_changes_the_pace() -> None:
    steps = Steps({"a": 0.5, "b": 100.0})
    steps.begin("a", 0.0)
    steps.end(2.0)
    assert steps.pace < 1.2


def test_a_step_that_begins_again_keeps_its_beginning_and_one_that_is_dropped_takes_no_time() -> None:
    steps = Steps({"a": 10.0, "b": 20.0})
    steps.begin("a", 100.0)
    steps.begin("a", 104.0)
    steps.drop("b")
    assert steps.left(105.0) == 5.0


def test_a_step_that_was_not_expected_counts_for_nothing() -> None:
    steps = Steps({"a": 10.0})
    steps.begin("unknown", 0.0)
    assert steps.left(5.0) == 10.0
    steps.end(60.0)
    assert steps.pace == 1.0


def test_progress_lines_get_a_note_only_while_steps_are_shown() -> None:
    with time_left.shown(Steps({"a": 240.0})):
        assert time_left.note() == "about 4 min left"
        with time_left.shown(Steps({})):
            assert time_left.note() == ""
    assert time_left.note() == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2, "a few seconds"), (8, "about 10 s"), (63, "about 65 s"), (100, "about 2 min"), (4200, "about 1 h 10 min")],
)
def test_rough_times(seconds: float, text: str) -> None:
    assert time_left.about(seconds) == text


def test_one_step_that_took_far_longer_says_little_about_the_others() -> None:
    steps = Steps({"00": 3.0, "01": 100.0}, taken={"00": 300.0})
    assert steps.left(now=0.0) == 300.0
