"""The object that a notebook works with: one section to build, run, chart and check."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from helpers.course.claims import claims_of
from helpers.course.committed import committed_or_none
from helpers.course.experiment_view import ExperimentView
from helpers.course.machine import this_machine
from helpers.course.section_charts import SectionCharts
from helpers.course.sections import PROJECT
from helpers.course.subject import Subject
from helpers.engine.connection import describe
from helpers.experiment.claims import prove
from helpers.experiment.experiment import Experiment
from helpers.experiment.store import Store, current_run
from helpers.experiment.turns import in_turns
from helpers.records import BaseImage, Build, Check, Contents, Scenario, SectionRecord
from helpers.records.errors import ClaimsFailed, WorkbookError
from helpers.show import lines
from helpers.show.difference import Difference, difference

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
