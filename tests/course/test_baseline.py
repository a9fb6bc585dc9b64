"""The baseline is small, complete and marked as a baseline, and an incomplete run cannot replace it."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.charts import bar_charts
from helpers.core.errors import WorkbookError
from helpers.core.records import Packages, Scenario, SectionRecord
from helpers.course import baseline
from helpers.course.sections import discover
from helpers.measure.store import Store
from helpers.runner.outcome import CourseRun


@pytest.fixture
def record(course_run: CourseRun) -> SectionRecord:
    return course_run.records["09-cache-mount"]


def fill(store: Store, record: SectionRecord) -> None:
    for files in discover():
        store.save("run", replace(record, section=files.name))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    return Store()


def test_records_are_marked_as_baseline_when_read(record: SectionRecord, tmp_path: Path) -> None:
    baseline.write([record], tmp_path / "baseline.json")
    (read,) = baseline.load(tmp_path / "baseline.json")
    assert read.baseline
    assert (read.section, read.measured_at, read.machine) == (record.section, record.measured_at, record.machine)
    assert read.base_images == record.base_images


def test_charts_are_the_same_as_those_of_the_original_record(record: SectionRecord, tmp_path: Path) -> None:
    baseline.write([record], tmp_path / "baseline.json")
    read = [replace(each, baseline=False) for each in baseline.load(tmp_path / "baseline.json")]
    for chart in (
        bar_charts.size_chart,
        bar_charts.time_chart,
        bar_charts.life_chart,
        bar_charts.overview_chart,
    ):
        assert chart(read, variants=True).to_plotly_json() == chart([record], variants=True).to_plotly_json()


def test_logs_and_address_are_removed(record: SectionRecord, tmp_path: Path) -> None:
    baseline.write([record], tmp_path / "baseline.json")
    text = (tmp_path / "baseline.json").read_text()
    assert "go: downloading" not in text
    assert record.engine.address not in text
    assert "/api-golang" not in text
    assert "FROM golang" not in text


def test_package_counts_are_kept_without_names(course_run: CourseRun, tmp_path: Path) -> None:
    baseline.write([course_run.records["04-copy-go-mod-first"]], tmp_path / "baseline.json")
    (read,) = baseline.load(tmp_path / "baseline.json")
    assert read.measurement.packages == Packages({"deb": 120, "go-module": 23})


def test_a_missing_baseline_is_empty(tmp_path: Path) -> None:
    assert baseline.load(tmp_path / "nothing.json") == []


def test_own_records_come_first(record: SectionRecord) -> None:
    other = replace(record, baseline=True)
    assert baseline.with_baseline([record], [other]) == [record, other]


def test_a_cold_builds_time_is_this_machines_else_the_baselines(record: SectionRecord, store: Store) -> None:
    committed = next(each for each in baseline.load() if each.section == record.section)
    assert baseline.cold_seconds(record.section) == committed.measurement.builds["cold"].seconds
    store.save("run", record)
    assert baseline.cold_seconds(record.section) == record.measurement.builds["cold"].seconds
    assert baseline.cold_seconds("00-start-here") is None


def test_it_is_replaced_with_the_latest_complete_records(record: SectionRecord, store: Store, tmp_path: Path) -> None:
    fill(store, record)
    assert baseline.renew(tmp_path / "baseline.json").startswith("Updated baseline.json: ")
    names = [each.section for each in baseline.load(tmp_path / "baseline.json")]
    assert names == [files.name for files in discover() if files.has_dockerfile]


def test_an_incomplete_run_does_not_replace_it(record: SectionRecord, store: Store, tmp_path: Path) -> None:
    fill(store, record)
    cold = {"cold": record.measurement.builds["cold"]}
    incomplete = replace(record, section="05-separate-stages", measurement=replace(record.measurement, builds=cold))
    store.save("later", incomplete)
    with pytest.raises(WorkbookError, match="05-separate-stages") as caught:
        baseline.renew(tmp_path / "baseline.json")
    assert caught.value.exit_status == 2
    assert not (tmp_path / "baseline.json").exists()


def test_the_committed_baseline_is_complete() -> None:
    """To fix a failure: python3 -m helpers run, then python3 -m helpers reference."""
    records = {record.section: record for record in baseline.load()}
    assert set(records) == {files.name for files in discover() if files.has_dockerfile}
    for record in records.values():
        assert set(record.measurement.builds) == set(Scenario)
        assert record.measurement.image
        assert record.measurement.run


def test_the_committed_baseline_is_small() -> None:
    assert baseline.PATH.stat().st_size < 100_000
