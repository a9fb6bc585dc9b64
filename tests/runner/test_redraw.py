"""Redrawing from saved results gives the same report."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.core.errors import WorkbookError
from helpers.core.records import BaseImage
from helpers.course import baseline
from helpers.measure.store import Store
from helpers.runner import report, result_files, results
from helpers.runner.outcome import CourseRun


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty results folder."""
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    return tmp_path


def write(run: CourseRun, place: Path) -> Path:
    """The folder of the run, published without its report, with its records in the store."""
    for record in run.records.values():
        Store().save(run.run_id, record)
    for work in run.work:
        Store().add_work(run.run_id, work)
    with result_files.run_folder(place, run.run_id) as folder:
        (folder / result_files.DOCUMENT).write_text(results.dumps(run), encoding="utf-8")
        result_files.publish(folder, keep_notebooks=False)
    return folder


def test_the_page_is_identical_to_the_runs_own(course_run: CourseRun, place: Path) -> None:
    folder = write(course_run, place)
    assert report.redraw() == 0
    drawn = (folder / result_files.REPORT).read_text(encoding="utf-8")
    assert drawn == report.render(course_run, baseline.with_baseline([]))
    assert (place / "latest" / "report.html").read_text(encoding="utf-8") == drawn


def test_the_run_is_read_back_as_it_was(course_run: CourseRun, place: Path) -> None:
    images = tuple(replace(image, id="") for image in course_run.base_images)  # the document has no IDs
    run = replace(
        course_run, base_images=(*images, BaseImage("golang:local", "", "local", bytes=5, name="golang:local"))
    )
    assert results.read(write(run, place) / result_files.DOCUMENT) == run


def test_a_run_without_an_engine_is_read_back(course_run: CourseRun, place: Path) -> None:
    run = replace(course_run, machine=None, engine=None, base_images=(), records={}, work=())
    assert results.read(write(run, place) / result_files.DOCUMENT) == run


def test_only_the_last_complete_run_is_redrawn(course_run: CourseRun, place: Path) -> None:
    unmeasured = replace(course_run, records={}, work=())
    earlier = write(replace(unmeasured, run_id="20261122T070000Z-abc123"), place)
    write(unmeasured, place)
    report.redraw()
    assert not (earlier / result_files.REPORT).exists()


def test_without_a_run_there_is_an_error(place: Path) -> None:
    with pytest.raises(WorkbookError, match="no complete run") as caught:
        report.redraw()
    assert "helpers run" in caught.value.hint


def test_a_replay_is_read_back_and_stays_one(replayed_run: CourseRun, place: Path) -> None:
    run = replace(replayed_run, base_images=())
    assert results.read(write(run, place) / result_files.DOCUMENT) == run
    report.redraw()
    assert "↻ replayed" in (place / "latest" / result_files.REPORT).read_text(encoding="utf-8")
