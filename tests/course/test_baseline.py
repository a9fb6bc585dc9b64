"""The baseline is small, complete, marked as what it is, and never renewed from half a run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.course import baseline
from helpers.course.outcome import CourseRun
from helpers.course.sections import discover
from helpers.experiment.store import Store
from helpers.records import Packages, Scenario, SectionRecord
from helpers.records.errors import WorkbookError
from helpers.show.figures import charts


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


def test_what_is_written_is_read_as_a_reference(record: SectionRecord, tmp_path: Path) -> None:
    baseline.write([record], tmp_path / "baseline.json")
    (read,) = baseline.load(tmp_path / "baseline.json")
    assert read.baseline
    assert (read.section, read.measured_at, read.machine) == (record.section, record.measured_at, record.machine)
    assert read.base_images == record.base_images


def test_it_draws_the_same_figures(record: SectionRecord, tmp_path: Path) -> None:
    baseline.write([record], tmp_path / "baseline.json")
    read = [replace(each, baseline=False) for each in baseline.load(tmp_path / "baseline.json")]
    for chart in (charts.size_chart, charts.time_chart, charts.life_chart, charts.overview_chart):
        assert chart(read, variants=True).to_plotly_json() == chart([record], variants=True).to_plotly_json()


def test_it_keeps_no_logs_and_no_address(record: SectionRecord, tmp_path: Path) -> None:
    baseline.write([record], tmp_path / "baseline.json")
    text = (tmp_path / "baseline.json").read_text()
    assert "go: downloading" not in text
    assert record.engine.address not in text
    assert "/api-golang" not in text


def test_it_keeps_how_many_packages_and_not_which(course_run: CourseRun, tmp_path: Path) -> None:
    baseline.write([course_run.records["04-copy-go-mod-first"]], tmp_path / "baseline.json")
    (read,) = baseline.load(tmp_path / "baseline.json")
    assert read.measurement.packages == Packages({"deb": 120, "go-module": 23})


def test_where_there_is_none_nothing_is_drawn(tmp_path: Path) -> None:
    assert baseline.load(tmp_path / "nothing.json") == []


def test_own_records_come_first(record: SectionRecord) -> None:
    behind = replace(record, baseline=True)
    assert baseline.with_baseline([record], [behind]) == [record, behind]


def test_it_is_renewed_from_the_newest_whole_records(record: SectionRecord, store: Store, tmp_path: Path) -> None:
    fill(store, record)
    assert baseline.renew(tmp_path / "baseline.json") == 0
    names = [each.section for each in baseline.load(tmp_path / "baseline.json")]
    assert names == [files.name for files in discover() if files.has_dockerfile]


def test_half_a_run_does_not_renew_it(record: SectionRecord, store: Store, tmp_path: Path) -> None:
    fill(store, record)
    cold = {"cold": record.measurement.builds["cold"]}
    half = replace(record, section="05-separate-stages", measurement=replace(record.measurement, builds=cold))
    store.save("later", half)
    with pytest.raises(WorkbookError, match="05-separate-stages") as caught:
        baseline.renew(tmp_path / "baseline.json")
    assert caught.value.exit_status == 2
    assert not (tmp_path / "baseline.json").exists()


def test_the_committed_one_is_whole() -> None:
    """Where this fails: python3 -m helpers run, then python3 -m helpers reference."""
    records = {record.section: record for record in baseline.load()}
    assert set(records) == {files.name for files in discover() if files.has_dockerfile}
    for record in records.values():
        assert set(record.measurement.builds) == set(Scenario)
        assert record.measurement.image
        assert record.measurement.run


def test_the_committed_one_is_small() -> None:
    assert baseline.PATH.stat().st_size < 100_000
    assert all(json.loads(baseline.PATH.read_text())["sections"])
