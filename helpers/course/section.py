"""A section of the course as its notebook uses it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import docker

from helpers.charts.chart import Chart
from helpers.charts.difference import Difference, difference
from helpers.core.errors import ClaimsFailed, WorkbookError
from helpers.core.paths import PROJECT
from helpers.core.records import (
    BaseImage,
    Build,
    Check,
    Contents,
    Engine,
    Image,
    Packages,
    Run,
    Scenario,
    SectionRecord,
)
from helpers.course import replayed
from helpers.course.claims import claims_of, exercises_of, guesses_of
from helpers.course.exercise import Practice
from helpers.course.guesses import Guess, Value
from helpers.course.machine import this_machine
from helpers.course.measured import MeasuredDockerfile, run_container
from helpers.course.menu import menu
from helpers.course.reporter import Reporter
from helpers.course.section_charts import SectionCharts
from helpers.course.sections import committed_or_none
from helpers.course.subject import Subject
from helpers.engine import recording
from helpers.engine.connection import describe
from helpers.engine.ephemeral import ours
from helpers.measure.claims import prove
from helpers.measure.experiment import Experiment, in_turns
from helpers.measure.run_options import RunOptions, takes
from helpers.measure.store import Store, current_run
from helpers.metrics import values

# How much of a section is measured, in increasing order
AIMS, ALL, VARIANTS = SCENARIOS = ("aims", "all", "variants")


class Section:
    """A section's Dockerfile: built, measured, drawn, and checked against the section's claims.

    The Dockerfile is read when the section is opened. build(), compare(), difference() and check() read it again;
    if it has changed, its measurements are forgotten. Nothing else reads it.
    """

    def __init__(
        self, subject: Subject, reporter: Reporter, store: Store, scenarios: str = AIMS, repeats: int = 1
    ) -> None:
        self.subject, self.reporter, self.store = subject, reporter, store
        self.scenarios, self.repeats = scenarios, repeats
        self.charts = SectionCharts(subject.experiment.name, self.record, store, reporter.base)
        self._own = MeasuredDockerfile(subject.experiment, reporter, self._reload, self._save, repeats)
        self._checks: tuple[Check, ...] = ()
        self._guessed: dict[str, Value] = {}
        self._answers: dict[str, Value] = {}
        self._practices: dict[str, Practice] = {}
        self.__doc__ = menu(self)

    def __repr__(self) -> str:
        return f"Section {self.experiment.name}"

    @cached_property
    def _engine(self) -> Engine:
        """The engine of every record: to ask it takes longer than to write a record."""
        return describe(self.experiment.client)

    @property
    def experiment(self) -> Experiment:
        """The section's experiment: its Dockerfile and the facts measured of it."""
        return self.subject.experiment

    @property
    def dockerfile(self) -> str:
        """The text of the section's Dockerfile, as it was read last."""
        return self._own.dockerfile

    @property
    def client(self) -> docker.DockerClient:
        """The Docker SDK's client that the section was opened with."""
        return self.experiment.client

    @property
    def base_images(self) -> tuple[BaseImage, ...]:
        """The base images of the Dockerfile, with their names on the engine."""
        return self.reporter.base

    @property
    def folder(self) -> Path:
        """The folder that is built, with the program's source."""
        return self.experiment.project.folder

    @property
    def image_tag(self) -> str:
        """The name of the section's image on the engine, for the Docker SDK."""
        return self.experiment.tag

    @property
    def ours(self) -> dict[str, Any]:
        """Options for the SDK's containers.run: our label, limits, log and network."""
        return ours(self.client)

    def difference(self, variant: str = "") -> Difference:
        """Shows the lines changed since the section before, or by a variant."""
        self._own.reload()
        if variant:
            return difference(self.dockerfile, self.subject.variant(variant).dockerfile)
        return difference(self.subject.before.dockerfile, self.dockerfile)

    def guess(self, name: str, value: Value | None = None) -> None:
        """Asks one of the section's questions, or saves your guess if you pass it.

        In JupyterLab, it shows a field for your guess. Raises WorkbookError for an unknown question.
        """
        question = self._question(name)
        if value is not None:
            self._guessed[name] = value
            self.reporter.guess_saved(question.shown(value))
        else:
            self.reporter.question(name, question.question, question.unit, partial(self.guess, name))

    def answer(self, name: str) -> None:
        """Prints the measured answer to a question, and how your guess compares.

        Measures what is missing. Raises WorkbookError for an unknown question.
        """
        question = self._question(name)
        measured = self.reporter.during(self.experiment, "measuring", lambda: question.measured(self.subject))
        self._answers[name] = measured
        verdict = question.verdict(self._guessed[name], measured) if name in self._guessed else ""
        self.reporter.answer(question.question, question.shown(measured), verdict)

    def guesses(self) -> None:
        """Prints all your guesses in this section next to what was measured."""
        rows = [
            (question.question, question.shown(self._guessed[question.name]), self._measured_answer(question))
            for question in guesses_of(self.experiment.name)
            if question.name in self._guessed
        ]
        self.reporter.guesses(rows)

    def exercise(self, name: str = "") -> Practice:
        """An exercise of the section: check your Dockerfile, get hints, see a solution.

        The name may be left out if there is only one. Raises WorkbookError for an unknown exercise.
        """
        known = {each.name: each for each in exercises_of(self.experiment.name)}
        wanted = name or (next(iter(known)) if len(known) == 1 else "")
        if wanted not in known:
            raise _no_exercise(name, list(known))
        return self._practices.setdefault(
            wanted, Practice(known[wanted], self.subject, self.subject.files.in_folder(PROJECT), self.reporter)
        )

    def build(self, scenario: str = Scenario.COLD, repeats: int | None = None) -> Build:
        """Reads the Dockerfile again, builds it, and prints the result.

        `scenario` is "cold", "unchanged", "source-edit" or "dependency-edit".
        With `repeats` above 1, each build uses a cache of its own, and the one with the median time is returned. None:
        as often as set when the section was opened.
        Raises BuildFailed, EngineStopped, DiskFull, and WorkbookError for an unknown scenario.
        """
        return self._own.build(scenario, repeats)

    @takes(RunOptions)
    def run(self, options: RunOptions) -> Run:
        """Starts a container, waits for its first 200, stops it, and prints the result.

        Without options, it runs once, and the result is kept.
        Raises ContainerExited, NeverHealthy, EngineStopped, and ContainerError if it can't start.
        """
        return run_container(self._own, options)

    def image(self) -> Image:
        """The image, with its configuration, layers and size."""
        return self._own.image()

    def contents(self) -> Contents:
        """What is in the image: files, layers, shells. Takes seconds.

        Unless `scenarios` is "aims", the same scan lists the packages.
        """
        if self.scenarios != AIMS and self.experiment.facts.contents is None:
            self.reporter.during(self.experiment, "listing packages", self.experiment.packages)
        return self._own.contents()

    def packages(self) -> Packages | None:
        """The software packages in the image; None if Syft can't run. Takes seconds."""
        return self._own.packages()

    def output(self, *command: str) -> str:
        """What a command prints in a container of the image.

        Raises WorkbookError if the command fails.
        """
        return self._own.output(*command)

    @property
    def before(self) -> MeasuredDockerfile:
        """The section before this one, to build, run and scan it too."""
        return self._measured(self.subject.before)

    def other(self, name: str) -> MeasuredDockerfile:
        """Any other section, by name or number.

        Raises UnknownSection.
        """
        return self._measured(self.subject.other(name))

    def variant(self, name: str, dockerfile: str | None = None, *, ignore: bool = True) -> MeasuredDockerfile:
        """A variant of this Dockerfile: the given text, or the course's.

        The course's is dockerfiles/<section>.<name>.Dockerfile; if there is none, it is this section's own Dockerfile.
        `ignore=False` builds it without the .dockerignore.
        """
        return self._measured(self.subject.variant(name, dockerfile, ignore=ignore))

    def compare(self, other: MeasuredDockerfile, scenario: str = Scenario.SOURCE_EDIT, repeats: int = 3) -> None:
        """Builds another Dockerfile and this one in turns; prints both medians.

        Each build uses a cache of its own. Reads both Dockerfiles again first.
        """
        other.reload()
        self._own.reload()
        experiments = [other.experiment, self.experiment]
        self.reporter.during(self.experiment, f"{scenario} builds", lambda: in_turns(experiments, scenario, repeats))
        for each in experiments:
            self.reporter.repeats(each.build(scenario), each.measurement.seconds_of(scenario), each.name)
        self._save()

    def rest(self) -> None:
        """Measures all that is missing, unless `scenarios` is "aims"."""
        if self.scenarios == AIMS:
            self.reporter.skipped()
        else:
            self._own.complete()

    def check(self, required: bool = True) -> None:
        """Reads the Dockerfile again and checks the section's claims.

        With `required=False`, it prints what was found where a claim failed, and raises no ClaimsFailed.
        In a replay, the checks are of the recording, and a line says so.
        If `scenarios` is "variants", then measures the variants: only now are all of them known, including the claims'.
        Raises ClaimsFailed, with the observed values and the changed lines that may be the cause.
        """
        self._own.reload()
        is_replay = replayed.current() is not None
        proofs = (prove(claim, self.subject) for claim in claims_of(self.experiment.name))
        self._checks = tuple(replace(check, recorded=is_replay) for check in proofs)
        self._save()
        self.reporter.checks(self._checks, details=not required)
        if self.scenarios == VARIANTS:
            self._complete_variants()
        failed = [check for check in self._checks if check.failed]
        if failed and required:
            raise ClaimsFailed(_failures(failed), _hint(self.subject))

    def record(self) -> SectionRecord:
        """The measurements and checks so far, as they are stored."""
        return SectionRecord(
            section=self.experiment.name,
            measured_at=recording.now().isoformat(timespec="seconds"),
            machine=this_machine(),
            engine=self._engine,
            base_images=self.reporter.base,
            measurement=self.experiment.measurement,
            variants=tuple(variant.measurement for variant in self.subject.forms.values()),
            checks=self._checks,
            recorded=replayed.current() is not None,
        )

    def sizes(self) -> Chart:
        """Chart: image size by section."""
        return self.charts.sizes()

    def times(self) -> Chart:
        """Chart: build time by section and scenario."""
        return self.charts.times()

    def life(self) -> Chart:
        """Chart: time to the first 200, and from SIGTERM to exit, by section."""
        return self.charts.life()

    def composition(self) -> Chart:
        """Chart: the image's parts in megabytes, by section."""
        return self.charts.composition()

    def attack_surface(self) -> Chart:
        """Chart: what an attacker finds in the image, by section."""
        return self.charts.attack_surface()

    def overview(self) -> Chart:
        """Chart: image size, build times and start time, section by section."""
        return self.charts.overview()

    def section_changes(self) -> Chart:
        """Chart: what each section changed, and by how much."""
        return self.charts.section_changes()

    def side_by_side(self, *others: MeasuredDockerfile) -> Chart:
        """Chart: image size and time to the first 200 of other sections."""
        for each in others:
            each.image()
        return self.charts.side_by_side({each.experiment.name: each.experiment.measurement for each in others})

    def pair(self, first: str, second: str) -> object:
        """Table: two sections, value by value; with menus in a live notebook.

        Raises UnknownSection.
        """
        return self.charts.pair(first, second)

    def inside(self) -> Chart:
        """Chart: this image by layer, folder and file."""
        return self.charts.inside(self.contents())

    def changes(self, before: MeasuredDockerfile) -> Chart:
        """Chart: the files removed, added and resized since another image."""
        before.contents()
        self.contents()
        changes = self.experiment.changes(before.experiment)
        self._save()
        return self.charts.changes(changes)

    def cache_map(self, *others: MeasuredDockerfile) -> Chart:
        """Chart: the instructions that were cached, in each scenario so far."""
        experiments = [*(other.experiment for other in others), self.experiment]
        return self.charts.cache_map({each.name: each.measurement.builds for each in experiments})

    def timeline(self, *scenarios: str, beside: MeasuredDockerfile | None = None) -> Chart:
        """Chart: the steps of the cold build, or of these scenarios, over time.

        `beside` is another Dockerfile, whose builds are drawn above.
        """
        experiments = [*([beside.experiment] if beside else []), self.experiment]
        builds = {
            f"{experiment.name}, {values.SCENARIO_TITLES[Scenario(scenario)]}": experiment.build(scenario)
            for experiment in experiments
            for scenario in scenarios or (Scenario.COLD,)
        }
        return self.charts.timeline(builds)

    def _question(self, name: str) -> Guess:
        known = {each.name: each for each in guesses_of(self.experiment.name)}
        if name not in known:
            raise WorkbookError(f"There is no question {name!r} in this section.", f"Use one of: {', '.join(known)}.")
        return known[name]

    def _measured_answer(self, question: Guess) -> str:
        known = self._answers.get(question.name)
        return "not measured yet" if known is None else question.shown(known)

    def _measured(self, experiment: Experiment) -> MeasuredDockerfile:
        return MeasuredDockerfile(experiment, self.reporter, experiment.reload, self._save, self.repeats)

    def _reload(self) -> None:
        """Reads the Dockerfile again. This is the only place where the section does."""
        if self.subject.reload():
            self._checks = ()

    def _complete_variants(self) -> None:
        """Measures the variants of the project. Some fail on purpose: their error is printed, the others continue."""
        for name, experiment in self.subject.forms.items():
            try:
                self._measured(experiment).complete()
            except WorkbookError as error:
                self.reporter.failed(name, error.message)

    def _save(self) -> None:
        self.store.save(current_run(), self.record())


def _no_exercise(name: str, known: Sequence[str]) -> WorkbookError:
    if not known:
        return WorkbookError("This section has no exercise.", "The error clinic has cases: clinic.case(…) opens one.")
    what = f"There is no exercise {name!r} in this section." if name else "This section has several exercises."
    return WorkbookError(what, f"Use one of: {', '.join(known)}.")


def _failures(failed: Sequence[Check]) -> str:
    listed = "\n".join(f"✗ {check.claim}" + (f"\n  {check.detail}" if check.detail else "") for check in failed)
    return f"{len(failed)} of the section's claims failed:\n{listed}"


def _hint(subject: Subject) -> str:
    """The hint for failed claims: the lines in which the learner's Dockerfile differs from the course's."""
    dockerfile = subject.experiment.dockerfile
    course = committed_or_none(subject.files.in_folder(PROJECT).dockerfile)
    if course is None:  # any project in section 12, the cases in section 13
        return "Compare what the cells above printed with the failed claims. Fix the cause and run the check again."
    if course == dockerfile:
        return "Your Dockerfile is the course's own. Compare the measurements above with the failed claims."
    changes = difference(course, dockerfile)
    undo = f"To undo them, run `python3 -m helpers reset {subject.files.number}`"
    return f"Check your changes to the course's Dockerfile:\n{changes}\n{undo}"
