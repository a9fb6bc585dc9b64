"""Runs the course: executes its notebooks in order and writes the results to the results folder."""

import os
import secrets
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from docker import DockerClient

from helpers import standins
from helpers.charts.course_tables import summary_table
from helpers.charts.lines import replay_line
from helpers.core import section_times
from helpers.core.errors import WorkbookError
from helpers.core.paths import all_results
from helpers.core.records import BaseImage, Engine, Kind
from helpers.core.time_left import Steps
from helpers.course import baseline, replayed
from helpers.course.machine import this_machine
from helpers.course.section import ALL
from helpers.course.sections import SectionFiles, discover
from helpers.engine.connection import describe
from helpers.engine.failures import explained
from helpers.measure import cache_journal, experiment, shared_facts
from helpers.measure.shared_facts import RUN, SECRET
from helpers.measure.store import ScanCache, Store, results_folder
from helpers.runner import console, report, result_files, resume
from helpers.runner import results as results_document
from helpers.runner.execution import EXECUTION_TIMEOUT, execute
from helpers.runner.outcome import CourseRun, Outcome
from helpers.runner.resume import Unfinished

CLEANING_UP = "\nRemoving this run's records from the engine's build cache …"
LEFT_BEHIND = """This run's records could not be removed from the engine's build cache: {error}
→ The next run tries again. To remove them now, run `python3 -m helpers clean`"""
OTHERS = "Another run is at work too. Both share this machine, so the times that they measure will be longer.\n"
CONTINUING = "Continuing the run of {:%Y-%m-%d %H:%M}: {} of {} sections are done{}; --fresh starts over."
PAUSED = "{} of {} sections had passed before the interruption. The total is without the pause of {}."
RESULTS = "WORKBOOK_RESULTS"
INTERRUPTED = "Interrupted. The finished sections are in {folder}. The results of the last complete run are unchanged."


def run(
    chosen: Sequence[SectionFiles],
    client: DockerClient,
    timeout: float = EXECUTION_TIMEOUT,
    repeats: int = 1,
    scenarios: str = ALL,
    expected: Steps | None = None,
    fresh: bool = False,
) -> int:
    """Runs the sections on the client's engine; returns the exit status: 1 if a section failed, else 0.

    `timeout` is in seconds per cell, `repeats` the number of times each build is run, `scenarios` what to measure (see
    `open_section`), `expected` how long each section may take. An interrupted run of the same sections is continued,
    unless `fresh`. A replay leaves nothing in an engine's cache and in the times that this machine's runs took.
    Raises DiskFull, KeyboardInterrupt and what `result_files.run_folder` raises.
    """
    place = results_folder().resolve()
    parameters: dict[str, object] = {"scenarios": scenarios, "repeats": repeats}
    with _graceful_sigterm(), _environment():
        key = resume.key_of(chosen, parameters, (client.api.base_url, _engine(client)))
        found = resume.take(place, key, fresh)
        with result_files.run_folder(place, found.run_id) as folder:
            course = _Run(found.continued(folder), client, chosen)
            os.environ[RUN], os.environ[SECRET] = course.state.run_id, secrets.token_hex(32)
            remaining = course.remaining(expected or Steps({}))
            course.say_first(folder, remaining)
            try:
                course.execute(folder, parameters, timeout, remaining)
                _write(course.results(), folder)
                result_files.publish(folder, keep_notebooks=len(chosen) < len(discover()))
                (folder / result_files.UNFINISHED).unlink(missing_ok=True)
            except KeyboardInterrupt:
                _write(course.results(), folder)
                print(INTERRUPTED.format(folder=folder))
                raise
            finally:  # the results are already written, so a failure here cannot lose them
                if not replayed.current():
                    _clean_up(client, course.state.run_id)
            results = course.results()
            _write(results, folder)  # again, now including the time for the cleanup
    _print_summary(results, folder, course.earlier)
    return 1 if results.failed else 0


class _Run:
    """A run at work: what is done of it so far."""

    def __init__(self, state: Unfinished, client: DockerClient, chosen: Sequence[SectionFiles]) -> None:
        self.state, self._client, self._chosen, self._replay = state, client, chosen, replayed.current()
        self._outcomes = {outcome.section: self._marked(outcome) for outcome in state.outcomes}
        self.earlier = len(self._outcomes)

    def remaining(self, expected: Steps) -> Steps:
        """The times that are expected of the sections that haven't passed yet."""
        return Steps({name: seconds for name, seconds in expected.expected.items() if name not in self._outcomes})

    def say_first(self, folder: Path, remaining: Steps) -> None:
        """Prints what is different about this run: a replay, another one beside it, sections that were run before."""
        if self._replay:
            print(replay_line(self._replay), flush=True)
        elif result_files.others_at_work(folder):
            print(OTHERS, flush=True)
        if self.earlier:
            started = datetime.fromisoformat(self.state.started).astimezone()
            left = remaining.note()
            print(CONTINUING.format(started, self.earlier, len(self._chosen), left and f", {left}"), flush=True)

    def execute(self, folder: Path, parameters: Mapping[str, object], timeout: float, expected: Steps) -> None:
        """Executes the sections that haven't passed yet."""
        progress = console.Console(
            len(self._chosen), steps=expected, done=self.earlier, elapsed=sum(self.state.passed.values())
        )
        with progress.heartbeat():
            for section in self._chosen:
                if section.name not in self._outcomes:
                    progress.begin(section.name)
                    target = folder / result_files.NOTEBOOKS / section.notebook.name
                    executed = execute(section.notebook, target, dict(parameters), timeout, progress.line)
                    outcome = self._marked(executed)
                    self._end(outcome, folder, parameters)
                    progress.end(outcome)

    def _marked(self, outcome: Outcome) -> Outcome:
        return replace(outcome, replayed=self._replay is not None)

    def _end(self, outcome: Outcome, folder: Path, parameters: Mapping[str, object]) -> None:
        self._outcomes[outcome.section] = outcome
        if outcome.failure:
            return
        self.state = self.state.with_passed(outcome)
        self.state.save(folder)
        if parameters["repeats"] == 1 and not self._replay:
            section_times.note(str(parameters["scenarios"]), outcome.section, outcome.seconds)

    def results(self) -> CourseRun:
        """The run's results so far, in the order of the course."""
        engine, images = _engine(self._client)
        store, run_id = Store(), self.state.run_id
        return CourseRun(
            run_id=run_id,
            started=self.state.started,
            finished=resume.now(),
            outcomes=tuple(self._outcomes[each.name] for each in self._chosen if each.name in self._outcomes),
            records={record.section: record for record in store.of_run(run_id)},
            machine=this_machine(),
            engine=engine,
            base_images=images,
            work=tuple(store.work_of(run_id)),
            replay=self._replay,
            tally=shared_facts.tally(store, run_id),
            paused_seconds=self.state.paused,
        )


@contextmanager
def _environment() -> Iterator[None]:
    """Sets the variable of the results folder, which kernels inherit; at the end, unsets those of the run too."""
    before = {name: os.environ.get(name) for name in (RUN, SECRET, RESULTS)}
    os.environ[RESULTS] = str(all_results().resolve())
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


def _engine(client: DockerClient) -> tuple[Engine | None, tuple[BaseImage, ...]]:
    """The engine and its base images; none if the engine no longer responds. The records still name them."""
    try:
        with explained():
            return describe(client), replayed.dated(standins.present(client))
    except WorkbookError:
        return None, ()


def _write(course: CourseRun, folder: Path) -> None:
    """Writes the report and then the document, whose presence says that the run is finished."""
    result_files.write(folder / result_files.REPORT, report.render(course, baseline.unmeasured(course.records)))
    result_files.write(folder / result_files.DOCUMENT, results_document.dumps(course))


def _clean_up(client: DockerClient, run_id: str) -> None:
    """Removes the records of the run's builds from the engine's cache; any that remain stay in the journal.

    The facts that the sections shared go too, because they rely on that cache.
    """
    print(CLEANING_UP, flush=True)
    try:
        with explained(), experiment.timed(Kind.SWEEP, "build cache"):
            cache_journal.sweep(client)
        shared_facts.forget(Store(), run_id)
        ScanCache().prune()
    except WorkbookError as error:
        print(LEFT_BEHIND.format(error=error.message))


def _print_summary(course: CourseRun, folder: Path, earlier: int) -> None:
    print(f"\n{summary_table(tuple(course.records.values()), course.statuses)}\n")
    if course.failed:
        print(f"{console.failures(course)}\n")
    print(f"{console.time_spent(course)}\n{console.measurements(course.tally)}\n")
    if earlier:
        print(f"{PAUSED.format(earlier, len(course.outcomes), console.duration(course.paused_seconds))}\n")
    print(f"Report: {folder / result_files.REPORT}")
    print(f"Executed notebooks: {folder / result_files.NOTEBOOKS}")
    print(f"Until the next run, also in: {folder.parents[1] / result_files.LATEST}")
