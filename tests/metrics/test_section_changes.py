"""A change is relative to the section before, and too small a difference is none."""

from dataclasses import replace

import pytest

from helpers.core.records import Measurement
from helpers.metrics import values
from helpers.metrics.values import rows, section_changes
from tests.fixtures.section_records import Make


def test_each_row_is_compared_with_the_row_before(make: Make) -> None:
    sizes = {"04-copy-go-mod-first": 1_200_000_000, "05-separate-stages": 12_000_000, "09-cache-mount": 12_000_000}
    first, second, third = section_changes(rows([make(name, size=size) for name, size in sizes.items()]), values.size)
    assert first and second and third
    assert (first.now.figure, first.before, first.direction, first.factor) == (1200.0, None, 0, None)
    assert (second.now.figure, second.direction, second.factor) == (12.0, -1, 0.01)
    assert (third.direction, third.factor) == (0, 1.0)


@pytest.mark.parametrize(
    ("before", "now", "counted", "direction"),
    [
        (10.0, 12.4, False, 0),  # below MIN_FACTOR
        (10.0, 12.5, False, 1),
        (12.5, 10.0, False, -1),
        (0.1, 0.59, False, 0),  # below MIN_DIFFERENCE
        (0.1, 0.6, False, 1),
        (4.0, 5.0, True, 1),
        (5.0, 4.9, True, -1),
        (4.0, 4.0, True, 0),
    ],
)
def test_a_difference_counts_from_the_thresholds_on(
    make: Make, before: float, now: float, counted: bool, direction: int
) -> None:
    lines = rows([make(name, seconds=(cold, 0, 0, 0)) for name, cold in (("01-a", before), ("02-b", now))])
    _, change = section_changes(lines, values.build_time("cold"), counted)
    assert change and change.direction == direction


def test_a_row_without_the_value_has_no_change_nor_has_the_next_one(make: Make) -> None:
    empty = replace(make("02-b"), measurement=Measurement("02-b"))
    first, second, third = section_changes(rows([make("01-a"), empty, make("03-c")]), values.size)
    assert first and second is None and third and third.before is None and third.factor is None


def test_there_is_no_change_without_rows() -> None:
    assert section_changes([], values.size) == []
