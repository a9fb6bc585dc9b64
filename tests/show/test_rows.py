"""Which record each figure is taken from."""

from dataclasses import replace

from helpers.records import Measurement
from helpers.show import values
from helpers.show.rows import measured, rows, sources


def test_rows_come_in_the_courses_order_whatever_that_of_the_records(make):
    records = [make("11-finish"), make("01-naive"), make("05-separate")]
    assert [row.label for row in rows(records)] == ["01-naive", "05-separate", "11-finish"]


def test_the_newest_figure_of_this_machine_goes_before_older_ones_and_the_reference(make):
    old = replace(make("01-naive", size=1), measured_at="2026-01-01T00:00:00+00:00")
    new = make("01-naive", size=2)
    baseline = replace(make("01-naive", size=3, baseline=True), measured_at="2027-01-01T00:00:00+00:00")
    (row,) = rows([old, baseline, new])
    assert row.pick(values.size) == (2 / 1e6, new, new.measurement)
    assert [record for record, _ in row.known] == [new, old, baseline]


def test_a_figure_that_nobody_measured_is_none(make):
    empty = replace(make("10-image-size"), measurement=Measurement("10-image-size"))
    (row,) = rows([empty])
    assert row.pick(values.size) is None
    assert measured([row], [values.size, values.first_answer]) == []


def test_a_variant_of_the_reference_run_stands_in_where_this_machine_has_none(make):
    here, baseline = make("09-cache"), make("09-cache", baseline=True, variants=("taught",))
    final, variant = rows([here, baseline], variants=True)
    assert (final.label, variant.label) == ("09-cache", "09 ↳ taught")
    assert sources([final, variant], [values.size]) == [here, baseline]
