"""Redraws the report of the last run from its saved results, without an engine and without measuring."""

import json
from pathlib import Path
from typing import Any

import cattrs

from helpers.course import baseline, folder, report
from helpers.course.outcome import CourseRun, Failure, Outcome
from helpers.experiment.store import Store, results_folder
from helpers.records import BaseImage, Engine, Machine, SectionRecord
from helpers.records.errors import WorkbookError

NO_RUN = "There is no complete run in {folder}."


def redraw() -> int:
    """Rewrites the report from results.json and the store; returns 0.

    Raises WorkbookError if there is no complete run.
    """
    place = results_folder().resolve()
    course = _course_run(place / folder.DOCUMENT)
    page = report.render(course, baseline.unmeasured(course.records))
    (place / folder.REPORT).write_text(page, encoding="utf-8")
    print(f"Report: {place / folder.REPORT}")
    return 0


def _course_run(document: Path) -> CourseRun:
    if not document.is_file():
        raise WorkbookError(NO_RUN.format(folder=document.parent), "Run the course first: python3 -m helpers run")
    plain = json.loads(document.read_text(encoding="utf-8"))
    return CourseRun(
        run_id=plain["run"],
        started=plain["started"],
        finished=plain["finished"],
        outcomes=tuple(_outcome(section) for section in plain["sections"]),
        records=_records(plain["run"]),
        machine=cattrs.structure(plain["machine"], Machine | None),  # type: ignore[arg-type]
        engine=cattrs.structure(plain["engine"], Engine | None),  # type: ignore[arg-type]
        base_images=tuple(_base_image(image) for image in plain["base_images"]),
        work=tuple(Store().work_of(plain["run"])),
    )


def _records(run: str) -> dict[str, SectionRecord]:
    return {record.section: record for record in Store().of_run(run)}


def _outcome(section: dict[str, Any]) -> Outcome:
    failure = section["failure"] and cattrs.structure(section["failure"], Failure)
    return Outcome(section["section"], section["seconds"], failure)


def _base_image(plain: dict[str, Any]) -> BaseImage:
    return BaseImage(plain["reference"], plain["digest"] or "", plain["source"], bytes=plain["bytes"])
