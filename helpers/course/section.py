"""An experiment as notebooks use it: with live progress, and a printed result line for each measurement."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from helpers.charts import course_charts, course_tables, lines, notes
from helpers.charts.attack_surface_chart import attack_surface_chart
from helpers.charts.cache_map import cache_map
from helpers.charts.chart import Chart
from helpers.charts.composition import composition
from helpers.charts.difference import Difference, difference
from helpers.charts.image_changes import compared
from helpers.charts.progress import front_end_listens, progress
from helpers.charts.section_changes_chart import section_changes_chart
from helpers.charts.section_pair import choice, pair_table
from helpers.charts.timeline import timeline
from helpers.charts.treemap import treemap
from helpers.core.errors import ClaimsFailed, WorkbookError
from helpers.core.paths import PROJECT
from helpers.core.records import BaseImage, Build, Check, Contents, Image, Packages, Run, Scenario, SectionRecord
from helpers.course import baseline
from helpers.course.claims import claims_of
from helpers.course.machine import this_machine
from helpers.course.sections import OWN_PROJECT, committed_or_none, find
from helpers.course.subject import Subject
from helpers.engine.buildkit.answer import silent
from helpers.engine.connection import describe
from helpers.measure.claims import prove
from helpers.measure.experiment import Experiment, in_turns
from helpers.measure.store import Store, current_run
from helpers.metrics import values

Value = TypeVar("Value")


class ExperimentView:
    """An experiment that shows progress and prints its results.

    `base` are its base images, `changed` is called after each new measurement, `repeats` is the number of times that
    each build is run.
    """

    def __init__(
        self, experiment: Experiment, base: Sequence[BaseImage], changed: Callable[[], None], repeats: int = 1
    ) -> None:
        self._experiment, self._base, self._changed, self.repeats = experiment, base, changed, repeats

    @property
    def experiment(self) -> Experiment:
        """The experiment being shown."""
        return self._experiment

    @property
    def dockerfile(self) -> str:
        """The text of the experiment's Dockerfile."""
        return self.experiment.dockerfile

    def build(self, scenario: str = Scenario.COLD, repeats: int | None = None) -> Build:
        """Builds in this scenario with live progress; prints the result and the same command for the Docker CLI.

        With `repeats` above 1, each build uses a cache of its own, and the one with the median time is returned.
        """
        experiment, times = self.experiment, repeats or self.repeats
        build = self._with_progress(f"{scenario} build", lambda: experiment.measure(scenario, times), lines.build_line)
        if times > 1:
            print(lines.repeats_line(build, experiment.measurement.seconds_of(scenario), self._base))
        if scenario == Scenario.COLD:
            print(lines.image_line(experiment.image, self._base))
            print(f"same with the CLI: {build.command}")
        self._changed()
        return experiment.measurement.builds[scenario]

    def ready(self) -> Build:
        """The latest build; builds with the current cache if there is none yet."""
        return self._with_progress("cached build", self.experiment.ready)

    def run(self, **options: Any) -> Run:
        """Starts a container, sends it requests, stops it and prints the result, with live progress.

        `options` are passed to helpers.engine.container.run. They include the container's limits, with their defaults:
        memory ("2g"), processes (2048), new_privileges (False), hardened (False).
        """
        self.ready()
        run = self._with_progress("container", lambda: self.experiment.run(**options), lines.run_line)
        self._changed()
        return run

    @property
    def image(self) -> Image:
        """The image with its configuration and size."""
        self.ready()
        return self.experiment.image

    @property
    def contents(self) -> Contents:
        """The contents of the image: files, layers, shells."""
        self.ready()
        contents = self._with_progress("scanning the image", lambda: self.experiment.contents)
        self._changed()
        return contents

    @property
    def packages(self) -> Packages | None:
        """The software packages in the image; None if Syft cannot run on this machine. Takes seconds."""
        self.ready()
        packages = self._with_progress("listing packages", lambda: self.experiment.packages)
        if packages is None:
            print("Packages were not listed: Syft is not available for this machine.")
        self._changed()
        return packages

    def complete(self) -> None:
        """Measures everything not measured yet: the four scenarios, a container run, contents and packages."""
        experiment = self.experiment
        known = experiment.measurement.builds
        for scenario in Scenario:
            if scenario not in known and experiment.project.editable.allows(scenario):
                self.build(scenario)
        if experiment.measurement.packages is None:
            _ = self.packages
        if experiment.measurement.contents is None:
            _ = self.contents
        if experiment.measurement.run is None:  # last, because some variants fail to start
            self.run()

    def output(self, *command: str) -> str:
        """The output of a command in a container of the image."""
        self.ready()
        return self.experiment.output(*command)

    def _with_progress(
        self,
        what: str,
        work: Callable[[], Value],
        line: Callable[[Value, Sequence[BaseImage]], str] | None = None,
    ) -> Value:
        """Does the work with a progress bar, which is then replaced by `line`."""
        experiment = self.experiment
        with progress(f"{experiment.name}: {what}") as bar:
            experiment.listener = bar
            try:
                value = work()
            finally:
                experiment.listener = silent
            bar.summary = line(value, self._base) if line else ""
        return value


class SectionCharts(ExperimentView, ABC):
    """An experiment with charts that compare it with the other sections."""

    @abstractmethod
    def record(self) -> SectionRecord:
        """The section's measurements and checks so far."""

    def sizes(self) -> Chart:
        """Image size by section."""
        records = self._all_records()
        return Chart(
            course_charts.size_chart(records, self.experiment.name),
            course_tables.size_table(records, self.experiment.name),
        )

    def composition(self) -> Chart:
        """The image's parts in megabytes, by section."""
        return composition(self._all_records(), self.experiment.name)

    def inside(self) -> Chart:
        """This section's image by layer, folder and file."""
        return treemap(self.contents, self.experiment.name, notes.bases(self._base))

    def changes(self, before: ExperimentView) -> Chart:
        """The files removed, added and resized between another image and this section's."""
        _ = before.contents, self.contents
        changes = self.experiment.changes(before.experiment)
        self._changed()
        return compared(changes, notes.bases(self._base))

    def times(self) -> Chart:
        """Build time by section and scenario."""
        records = self._all_records()
        return Chart(
            course_charts.time_chart(records, self.experiment.name),
            course_tables.time_table(records, self.experiment.name),
        )

    def overview(self) -> Chart:
        """Image size, build times and start time, section by section."""
        records = self._all_records()
        return Chart(course_charts.overview_chart(records, self.experiment.name), course_tables.summary_table(records))

    def section_changes(self) -> Chart:
        """What each section changed, and by how much."""
        return section_changes_chart([record for record in self._all_records() if record.number != OWN_PROJECT])

    def pair(self, first: str, second: str) -> object:
        """Two sections compared value by value; in a live notebook, with menus to choose other sections."""
        names = (find(first).name, find(second).name)
        records = self._all_records()
        return choice(records, *names) if front_end_listens() else pair_table(records, *names)

    def life(self) -> Chart:
        """Container start and stop times by section: until the first 200 response, and from SIGTERM to exit."""
        records = self._all_records()
        return Chart(
            course_charts.life_chart(records, self.experiment.name),
            course_tables.life_table(records, self.experiment.name),
        )

    def attack_surface(self) -> Chart:
        """The attack surface of the image, by section."""
        return attack_surface_chart(self._all_records(), self.experiment.name)

    def cache_map(self, *others: ExperimentView) -> Chart:
        """Which instructions were cached in each scenario built so far: for `others` first, then for this section."""
        forms = {view.experiment.name: view.experiment.measurement.builds for view in (*others, self)}
        return cache_map(forms, notes.bases(self._base))

    def timeline(self, *scenarios: str, beside: ExperimentView | None = None) -> Chart:
        """The steps of builds over time: of the cold build, or of the scenarios given."""
        experiments = [view.experiment for view in (beside, self) if view]
        builds = {
            f"{experiment.name}, {values.SCENARIO_TITLES[Scenario(scenario)]}": experiment.build(scenario)
            for experiment in experiments
            for scenario in scenarios or (Scenario.COLD,)
        }
        return timeline(builds, notes.bases(self._base))

    def _all_records(self) -> list[SectionRecord]:
        own = Store().latest() | {self.experiment.name: self.record()}
        return baseline.with_baseline(list(own.values()), baseline.load())


# How much of a section is measured, in increasing order
AIMS, ALL, VARIANTS = SCENARIOS = ("aims", "all", "variants")


class Section(SectionCharts):
    """A section of the course with its claims, variants and neighbouring sections."""

    def __init__(
        self, subject: Subject, base: Sequence[BaseImage], dockerfile: Path, scenarios: str, repeats: int = 1
    ) -> None:
        self._subject, self._dockerfile, self.scenarios = subject, dockerfile, scenarios
        self._checks: tuple[Check, ...] = ()
        self._guess: tuple[float, float] | None = None
        super().__init__(subject, base, self._save, repeats)

    @property
    def experiment(self) -> Subject:
        """The section's experiment; a new one after each change of the Dockerfile."""
        text = self._dockerfile.read_text(encoding="utf-8") if self._dockerfile.is_file() else ""
        if text != self._subject.dockerfile:
            self._subject, self._checks = self._subject.renewed(text), ()
        return self._subject

    @property
    def before(self) -> ExperimentView:
        """The section before this one."""
        return self._view(self.experiment.before)

    def other(self, name: str) -> ExperimentView:
        """Another section of the course."""
        return self._view(self.experiment.other(name))

    def variant(self, name: str, dockerfile: str | None = None, *, ignore: bool = True) -> ExperimentView:
        """A variant of this section's Dockerfile: the given text, or the course's file of that name.

        `ignore=False` builds it without the .dockerignore.
        """
        return self._view(self.experiment.variant(name, dockerfile, ignore=ignore))

    def difference(self) -> Difference:
        """The difference between this section's Dockerfile and that of the section before."""
        subject = self.experiment
        return difference(subject.before.dockerfile, subject.dockerfile)

    def guess(self, megabytes: float, seconds: float) -> None:
        """Saves the learner's guess, to compare it with the measurement."""
        self._guess = (megabytes, seconds)
        print(f"Saved your guess: {megabytes:g} MB, {seconds:g} s for the cold build.")

    def build(self, scenario: str = Scenario.COLD, repeats: int | None = None) -> Build:
        """Builds in this scenario; compares a cold build with the learner's guess."""
        build = super().build(scenario, repeats)
        if scenario == Scenario.COLD and self._guess:
            print(lines.guess_line(build, self.experiment.image, *self._guess, self._base))
        return build

    @property
    def contents(self) -> Contents:
        """The contents of the image. Unless `scenarios` is "aims", the same scan lists its packages."""
        if self.scenarios != AIMS and self.experiment.measurement.contents is None:
            self._with_progress("listing packages", lambda: self.experiment.packages)
        return super().contents

    def compare(self, other: ExperimentView, scenario: str = Scenario.SOURCE_EDIT, repeats: int = 3) -> None:
        """Builds another Dockerfile and this one alternately, each with its own cache, and prints both medians."""
        experiments = [other.experiment, self.experiment]
        self._with_progress(f"{scenario} builds", lambda: in_turns(experiments, scenario, repeats))
        for experiment in experiments:
            seconds = experiment.measurement.seconds_of(scenario)
            print(f"{experiment.name}: {lines.repeats_line(experiment.build(scenario), seconds, self._base)}")
        self._save()

    def rest(self) -> None:
        """Measures what is still missing for a complete run, unless `scenarios` is "aims"."""
        if self.scenarios == AIMS:
            print('The other scenarios were skipped. To measure them too, set scenarios = "all" in the first cell.')
        else:
            self.complete()

    def check(self) -> None:
        """Checks every claim of the section and prints a line for each.

        If `scenarios` is "variants", then measures the variants: only now are all of them known, including the claims'.
        Raises ClaimsFailed, with the observed values and the changed lines that may be the cause.
        """
        subject = self.experiment
        self._checks = tuple(prove(claim, subject) for claim in claims_of(subject.name))
        self._save()
        for check in self._checks:
            print(f"{'✓' if check.passed else '✗'} {check.claim}")
        failed = [check for check in self._checks if not check.passed]
        if self.scenarios == VARIANTS:
            self._complete_variants()
        if failed:
            raise ClaimsFailed(_failures(failed), _hint(subject))

    def _complete_variants(self) -> None:
        """Measures all variants. Some fail on purpose: their error is printed and the others continue."""
        for name, experiment in self.experiment.variants.items():
            try:
                self._view(experiment).complete()
            except WorkbookError as error:
                print(f"{name}: {error.message}")

    def record(self) -> SectionRecord:
        """The section's measurements and checks so far."""
        subject = self.experiment
        return SectionRecord(
            section=subject.name,
            measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
            machine=this_machine(),
            engine=describe(subject.client),
            base_images=tuple(self._base),
            measurement=subject.measurement,
            variants=tuple(variant.measurement for variant in subject.variants.values()),
            checks=self._checks,
        )

    def _view(self, experiment: Experiment) -> ExperimentView:
        return ExperimentView(experiment, self._base, self._save, self.repeats)

    def _save(self) -> None:
        Store().save(current_run(), self.record())


def _failures(failed: Sequence[Check]) -> str:
    listed = "\n".join(f"✗ {check.claim}" + (f"\n  {check.detail}" if check.detail else "") for check in failed)
    return f"{len(failed)} of the section's claims failed with this Dockerfile:\n{listed}"


def _hint(subject: Subject) -> str:
    """The hint for failed claims: the lines in which the learner's Dockerfile differs from the course's."""
    course = committed_or_none(subject.files.in_folder(PROJECT).dockerfile)
    if course in (None, subject.dockerfile):
        return "Your Dockerfile is the course's own. Compare the measurements above with the failed claims."
    changes = difference(str(course), subject.dockerfile)
    undo = f"To undo them, run `python3 -m helpers reset {subject.files.number}`"
    return f"Check your changes to the course's Dockerfile:\n{changes}\n{undo}"
