"""Runs the course: executes its notebooks in order and writes the results to the results folder."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from docker import DockerClient

from helpers import standins
from helpers.charts.course_tables import summary_table
from helpers.core.errors import WorkbookError
from helpers.core.records import BaseImage, Engine, Kind
from helpers.course import baseline
from helpers.course.machine import this_machine
from helpers.course.section import ALL
from helpers.course.sections import SectionFiles, discover
from helpers.engine.connection import describe
from helpers.engine.failures import explained
from helpers.measure import cache_journal, experiment
from helpers.measure.store import ScanCache, Store, results_folder
from helpers.runner import console, report, result_files, results
from helpers.runner.execution import EXECUTION_TIMEOUT, execute
from helpers.runner.outcome import CourseRun, Outcome

CLEANING_UP = "\nRemoving this run's records from the engine's build cache …"
LEFT_BEHIND = """This run's records could not be removed from the engine's build cache: {error}
→ The next run tries again. To remove them now, run `python3 -m helpers clean`"""
OTHERS = "Another run is at work too. Both share this machine, so the times that they measure will be longer.\n"
INTERRUPTED = "Interrupted. The finished sections are in {folder}. The results of the last complete run are unchanged."


def run(
    chosen: Sequence[SectionFiles],
    client: DockerClient,
    timeout: float = EXECUTION_TIMEOUT,
    repeats: int = 1,
    scenarios: str = ALL,
) -> int:
    """Runs the sections on the client's engine; returns the exit status: 1 if a section failed, else 0.

    `timeout` is in seconds per cell, `repeats` the number of times each build is run, `scenarios` what to measure (see
    `open_section`). Raises DiskFull, KeyboardInterrupt and what `result_files.run_folder` raises.
    """
    place, run_id = results_folder().resolve(), result_files.new_name()
    with _graceful_sigterm(), result_files.run_folder(place, run_id) as folder, _environment(place, run_id):
        if result_files.others_at_work(folder):
            print(OTHERS, flush=True)
        outcomes: list[Outcome] = []
        started = _now()
        try:
            parameters = {"scenarios": scenarios, "repeats": repeats}
            _execute_all(chosen, folder / result_files.NOTEBOOKS, outcomes, timeout, parameters)
            _write(_course_run(run_id, started, outcomes, client), folder)
            result_files.publish(folder, keep_notebooks=len(chosen) < len(discover()))
        except KeyboardInterrupt:
            _write(_course_run(run_id, started, outcomes, client), folder)
            print(INTERRUPTED.format(folder=folder))
            raise
        finally:  # the results are already written, so a failure here cannot lose them
            _clean_up(client)
        course = _course_run(run_id, started, outcomes, client)
        _write(course, folder)  # again, now including the time for the cleanup
    _print_summary(course, folder)
    return 1 if course.failed else 0


def _execute_all(
    chosen: Sequence[SectionFiles],
    notebooks: Path,
    outcomes: list[Outcome],
    timeout: float,
    parameters: dict[str, object],
) -> None:
    progress = console.Console(len(chosen))
    with progress.heartbeat():
        for section in chosen:
            progress.begin(section.name)
            target = notebooks / section.notebook.name
            outcomes.append(execute(section.notebook, target, parameters, timeout, progress.line))
            progress.end(outcomes[-1])


@contextmanager
def _environment(place: Path, run_id: str) -> Iterator[None]:
    """Sets the variables that kernels inherit: the run's ID and the results folder."""
    variables = {"WORKBOOK_RUN": run_id, "WORKBOOK_RESULTS": str(place)}
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _graceful_sigterm() -> Iterator[None]:
    """Handles SIGTERM like Ctrl-C, so that the kernel stops its build and removes its containers."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _course_run(run_id: str, started: str, outcomes: Sequence[Outcome], client: DockerClient) -> CourseRun:
    engine, images = _engine(client)
    return CourseRun(
        run_id=run_id,
        started=started,
        finished=_now(),
        outcomes=tuple(outcomes),
        records={record.section: record for record in Store().of_run(run_id)},
        machine=this_machine(),
        engine=engine,
        base_images=images,
        work=tuple(Store().work_of(run_id)),
    )


def _engine(client: DockerClient) -> tuple[Engine | None, tuple[BaseImage, ...]]:
    """The engine and its base images; none if the engine no longer responds. The records still name them."""
    try:
        with explained():
            return describe(client), standins.present(client)
    except WorkbookError:
        return None, ()


def _write(course: CourseRun, folder: Path) -> None:
    """Writes the report and then the document, whose presence says that the run is finished."""
    result_files.write(folder / result_files.REPORT, report.render(course, baseline.unmeasured(course.records)))
    result_files.write(folder / result_files.DOCUMENT, results.dumps(course))


def _clean_up(client: DockerClient) -> None:
    """Removes the records of the run's builds from the engine's cache; any that remain stay in the journal."""
    print(CLEANING_UP, flush=True)
    try:
        with explained(), experiment.timed(Kind.SWEEP, "build cache"):
            cache_journal.sweep(client)
        ScanCache().prune()
    except WorkbookError as error:
        print(LEFT_BEHIND.format(error=error.message))


def _print_summary(course: CourseRun, folder: Path) -> None:
    print(f"\n{summary_table(tuple(course.records.values()), course.statuses)}\n")
    if course.failed:
        print(f"{console.failures(course)}\n")
    print(f"{console.time_spent(course)}\n")
    print(f"Report: {folder / result_files.REPORT}")
    print(f"Executed notebooks: {folder / result_files.NOTEBOOKS}")
    print(f"Until the next run, also in: {folder.parents[1] / result_files.LATEST}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
