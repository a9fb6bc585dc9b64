"""Runs the course: executes its notebooks in order and writes what came of them into the results folder."""

import os
import secrets
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from docker import DockerClient

from helpers.course import baseline, console, folder, report, results
from helpers.course.execution import EXECUTION_TIMEOUT, execute
from helpers.course.machine import this_machine
from helpers.course.outcome import CourseRun, Outcome
from helpers.course.section import ALL
from helpers.course.sections import SectionFiles, discover
from helpers.engine import base_images
from helpers.engine.connection import describe
from helpers.engine.failures import explained
from helpers.experiment import cache_journal, timings
from helpers.experiment.scan_cache import ScanCache
from helpers.experiment.store import Store, results_folder
from helpers.records import BaseImage, Engine, Kind
from helpers.records.errors import WorkbookError
from helpers.show.tables import summary_table

INTERRUPTED = "interrupted"
SWEEPING = "\nRemoving what the builds left in the engine's build cache …"
LEFT_BEHIND = """What this run left in the engine's build cache is still there: {error}
→ `python3 -m helpers clean` removes it, and so does the next run."""
SET_ASIDE = "Interrupted. What was finished lies in {folder}; complete results of an earlier run are untouched."


def run(
    chosen: Sequence[SectionFiles],
    client: DockerClient,
    timeout: float = EXECUTION_TIMEOUT,
    repeats: int = 1,
    scenarios: str = ALL,
) -> int:
    """Run the sections on the engine that the client reaches; the exit status: 1 where one failed, else 0.

    `timeout` is in seconds, for a cell; `repeats` is how often each build is made, `scenarios` how much is measured.
    Raises DiskFull, WorkbookError where another run is at work, KeyboardInterrupt.
    """
    place = results_folder().resolve()
    with _ended_gently(), folder.staging(place) as new, _environment(place) as run_id:
        outcomes: list[Outcome] = []
        started = _now()
        try:
            parameters = {"scenarios": scenarios, "repeats": repeats}
            _execute_all(chosen, new / folder.NOTEBOOKS, outcomes, timeout, parameters)
            _write(_course_run(run_id, started, outcomes, client), new)
            folder.publish(new, place, keep_notebooks=len(chosen) < len(discover()))
        except KeyboardInterrupt:
            _write(_course_run(run_id, started, outcomes, client), new)
            print(SET_ASIDE.format(folder=folder.set_aside(new, place, INTERRUPTED)))
            raise
        finally:  # after the results are safe: nothing that goes wrong here can lose them
            _tidy_up(client)
        course = _course_run(run_id, started, outcomes, client)
        _write(course, place)  # once more, with the time that tidying up took
    _tell(course, place)
    return 1 if course.failed else 0


def _execute_all(
    chosen: Sequence[SectionFiles],
    notebooks: Path,
    outcomes: list[Outcome],
    timeout: float,
    parameters: dict[str, object],
) -> None:
    teller = console.Console(len(chosen))
    with teller.listening():
        for section in chosen:
            teller.begin(section.name)
            target = notebooks / section.notebook.name
            outcomes.append(execute(section.notebook, target, parameters, timeout, teller.line))
            teller.end(outcomes[-1])


@contextmanager
def _environment(place: Path) -> Iterator[str]:
    """What the kernels inherit: that they belong to one run, and where its store lies."""
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    ours = {"WORKBOOK_RUN": run_id, "WORKBOOK_RESULTS": str(place)}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield run_id
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _ended_gently() -> Iterator[None]:
    """An order to end is taken as Ctrl-C is: the kernel stops its build and removes its containers first."""
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
    """The engine and its base images; what the sections say of them stays true where it does not answer any more."""
    try:
        with explained():
            return describe(client), base_images.present(client)
    except WorkbookError:
        return None, ()


def _write(course: CourseRun, place: Path) -> None:
    folder.write(place / folder.DOCUMENT, results.dumps(course))
    folder.write(place / folder.REPORT, report.render(course, baseline.beside(course.records)))


def _tidy_up(client: DockerClient) -> None:
    """Remove what the run's builds left in the engine's cache; what can't be removed now stays in the journal."""
    print(SWEEPING, flush=True)
    try:
        with explained(), timings.timed(Kind.SWEEP, "build cache"):
            cache_journal.sweep(client)
        ScanCache().prune()
    except WorkbookError as error:
        print(LEFT_BEHIND.format(error=error.message))


def _tell(course: CourseRun, place: Path) -> None:
    print(f"\n{summary_table(tuple(course.records.values()), course.statuses)}\n")
    if course.failed:
        print(f"{console.failures(course)}\n")
    print(f"{console.time_spent(course)}\n")
    print(f"The report: {place / folder.REPORT}")
    print(f"The executed notebooks: {place / folder.NOTEBOOKS}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
