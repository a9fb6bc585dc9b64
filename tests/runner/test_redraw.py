"""Redrawing from saved results gives the same report."""

from pathlib import Path

import pytest

from helpers.core.errors import WorkbookError
from helpers.course import baseline
from helpers.measure.store import Store
from helpers.runner import report, result_files, results
from helpers.runner.outcome import CourseRun


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty results folder."""
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    return tmp_path


def test_the_page_is_identical_to_the_runs_own(course_run: CourseRun, place: Path) -> None:
    for record in course_run.records.values():
        Store().save(course_run.run_id, record)
    for work in course_run.work:
        Store().add_work(course_run.run_id, work)
    (place / result_files.DOCUMENT).write_text(results.dumps(course_run), encoding="utf-8")
    assert report.redraw() == 0
    drawn = (place / result_files.REPORT).read_text(encoding="utf-8")
    assert drawn == report.render(course_run, baseline.with_baseline([]))


def test_without_a_run_there_is_an_error(place: Path) -> None:
    with pytest.raises(WorkbookError, match="no complete run") as caught:
        report.redraw()
    assert "helpers run" in caught.value.hint
