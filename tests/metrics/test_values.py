"""Which record each value comes from."""

from dataclasses import replace

import pytest

from helpers.core.records import Health, Measurement, Run
from helpers.metrics import values
from helpers.metrics.values import measured, rows, sources
from tests.fixtures.section_records import Make


def test_rows_are_in_course_order(make: Make) -> None:
    records = [make("11-finish"), make("01-naive"), make("05-separate")]
    assert [row.label for row in rows(records)] == ["01-naive", "05-separate", "11-finish"]


def test_the_newest_value_of_this_machine_is_preferred(make: Make) -> None:
    old = replace(make("01-naive", size=1), measured_at="2026-01-01T00:00:00+00:00")
    new = make("01-naive", size=2)
    baseline = replace(make("01-naive", size=3, baseline=True), measured_at="2027-01-01T00:00:00+00:00")
    (row,) = rows([old, baseline, new])
    assert row.pick(values.size) == (2 / 1e6, new, new.measurement)
    assert [record for record, _ in row.known] == [new, old, baseline]


def test_a_value_that_was_not_measured_is_none(make: Make) -> None:
    empty = replace(make("10-image-size"), measurement=Measurement("10-image-size"))
    (row,) = rows([empty])
    assert row.pick(values.size) is None
    assert measured([row], [values.size, values.first_answer]) == []


def test_a_variant_of_the_baseline_is_used_if_this_machine_has_none(make: Make) -> None:
    here, baseline = make("09-cache"), make("09-cache", baseline=True, variants=("download",))
    final, variant = rows([here, baseline], variants=True)
    assert (final.label, variant.label) == ("09-cache", "09 ↳ download")
    assert sources([final, variant], [values.size]) == [here, baseline]


def test_memory_is_in_megabytes_and_none_without_a_run(make: Make) -> None:
    measurement = make("01-naive").measurement
    assert values.memory(replace(measurement, run=Run(Health(200, 0.031), memory_bytes=12_500_000))) == 12.5
    assert values.memory(measurement) is None and values.memory(Measurement("01-naive")) is None


@pytest.mark.parametrize(
    ("before", "now", "factor"), [(2, 5, 2.5), (5, 2, 0.4), (3, 3, 1.0), (0, 0, 1.0), (0, 3, None), (3, 0, None)]
)
def test_there_is_no_factor_from_or_to_zero(before: float, now: float, factor: float | None) -> None:
    assert values.factor(before, now) == factor
