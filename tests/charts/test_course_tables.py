"""Tables contain the charts' data, mark values from the baseline, and name stand-ins."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from helpers.charts import notes
from helpers.charts.bar_charts import time_chart
from helpers.charts.chart import Table
from helpers.charts.course_tables import life_table, size_table, summary_table, time_table
from helpers.core.records import Check, SectionRecord
from tests.fixtures.section_records import Make

TABLES = [size_table, time_table, life_table, summary_table]


def cells(table: str) -> dict[str, list[str]]:
    """Each row's other cells by its first, without the notes."""
    body = table.split("\n\n")[0].splitlines()[2:]
    return {line.split()[0]: line.split()[1:] for line in body}


def test_sizes_in_megabytes(make: Make) -> None:
    table = size_table([make("01-naive", size=932_400_000), make("05-separate-stages", size=16_840_000)])
    assert cells(table) == {"01-naive": ["932"], "05-separate-stages": ["16.8"]}
    assert "MB = 1,000,000 bytes" in table


def test_times_have_a_column_for_each_scenario(make: Make) -> None:
    table = time_table([make("01-naive", seconds=(24.86, 0.051, 9.72, 111.3))])
    assert cells(table) == {"01-naive": ["24.9", "0.05", "9.7", "111"]}
    assert table.splitlines()[0].split("  ")[0] == "section"


def test_missing_values_are_dashes_and_columns_of_dashes_are_omitted(make: Make) -> None:
    some, other = make("01-naive"), make("02-pin")
    for record in (some, other):
        record.measurement.builds.pop("dependency-edit")
    other.measurement.builds.pop("source-edit")
    table = time_table([some, other])
    assert cells(table)["02-pin"] == ["24.9", "0.05", "–"]
    assert "dependency changed" not in table


def test_values_of_the_baseline_are_marked_and_the_mark_explained(make: Make) -> None:
    table = size_table([make("01-naive"), make("02-pin", baseline=True)])
    assert cells(table) == {"01-naive": ["16.8"], "02-pin": [notes.BASELINE_MARK, "16.8"]}
    assert notes.BASELINE_MARK_MEANS in table
    assert notes.BASELINE_MARK not in size_table([make("01-naive")])


@pytest.mark.parametrize("table", TABLES)
def test_stand_ins_machine_and_n_are_named_below_every_table_and_in_full_in_its_tooltip(
    course: list[SectionRecord], table: Callable[..., Table]
) -> None:
    text, page = table(course), table(course).html
    assert f"this machine, {notes.STAND_IN}" in text and "n = 1" in text
    (full,) = {note["title"] for note in BeautifulSoup(page, "html.parser").select("[role=note]")}
    assert f"{notes.STAND_IN}, made on this machine: golang:1.19-bullseye sha256:0123456789ab" in full
    assert "this machine: 2026-11-23 · Debian, 2 cores · amd64 · Docker Engine 20.10.24, overlay2" in full
    assert "stand-in" not in table(course[4:])


def test_variants_follow_their_section(make: Make) -> None:
    records = [make("04-copy", variants=("plain",)), make("09-cache", variants=("download",))]
    rows = [line[:22].strip() for line in size_table(records, variants=True).splitlines()[2:6]]
    assert [row.rstrip("0123456789.- ") for row in rows] == ["04-copy", "04 ↳ plain", "09-cache", "09 ↳ download"]
    assert "download" in size_table(records, "09-cache")
    assert "plain" not in size_table(records, "09-cache")


def test_the_summary_has_every_section_with_its_status(make: Make) -> None:
    unchecked = replace(make("04-copy"), checks=())
    records = [make("01-naive"), make("02-pin", passed=False), make("03-build", baseline=True), unchecked]
    table = summary_table(records)
    assert " ".join(table.splitlines()[0].split()) == "section MB cold s source-edit s first 200 s status"
    assert cells(table)["01-naive"] == ["16.8", "24.9", "9.7", "0.03", "passed"]
    assert cells(table)["02-pin"][-1] == "failed"
    assert cells(table)["03-build"][-1] == cells(table)["04-copy"][-1] == "–"


def test_a_claim_that_does_not_apply_is_no_failure(make: Make) -> None:
    unsuited = Check("It is cached.", False, "there is no RUN.", applies=False)
    passed, failed = (replace(make(name), checks=(unsuited, Check("It runs.", name == "01"))) for name in ("01", "02"))
    table = cells(summary_table([passed, failed]))
    assert (table["01"][-1], table["02"][-1]) == ("passed", "failed")


def test_a_given_status_overrides_the_checks_and_needs_no_record(make: Make) -> None:
    table = summary_table([make("01-naive")], {"01-naive": "failed", "10-image-size": "passed"})
    assert cells(table)["01-naive"][-1] == "failed"
    assert cells(table)["10-image-size"] == ["–", "–", "–", "–", "passed"]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_without_records_is_still_a_table(table: Callable[..., Table]) -> None:
    assert table([]).startswith("section")


def test_several_builds_show_median_range_and_n(make: Make) -> None:
    record = make("05-separate-stages")
    several = replace(record, measurement=replace(record.measurement, repeats={"cold": (24.0, 24.86, 31.5)}))
    table = time_table([several])
    assert "24.9 [24.0–31.5]" in table
    assert "values with a range: median [min–max], n = 3; all other values: n = 1" in table
    assert notes.ONCE not in table
    assert "24.9 [24.0–31.5]" in {text for trace in time_chart([several]).data for text in trace.text}


def test_a_replayed_section_has_not_passed(make: Make) -> None:
    replayed, failed = (replace(make(name, passed=name == "01"), recorded=True) for name in ("01", "02"))
    table = summary_table([replayed, failed])
    assert (cells(table)["01"][-1], cells(table)["02"][-1]) == ("replayed", "failed")
    assert "recorded on 2026-11-23, Docker Engine 20.10.24, Debian, 2 cores" in table
    assert "this machine" not in table
