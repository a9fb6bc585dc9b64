"""Which record each value comes from."""

from dataclasses import replace

from helpers.core.records import Measurement
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
