"""What a notebook holds in its hand: one section, built, run, shown and proved."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from helpers.course.bench import Bench
from helpers.course.claims import claims_of
from helpers.course.committed import committed_or_none
from helpers.course.gallery import Gallery
from helpers.course.machine import this_machine
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

# How much of a section is measured, each more than the one before
AIMS, ALL, VARIANTS = SCENARIOS = ("aims", "all", "variants")


class Section(Gallery):
    """One section on the bench, with its claims and its neighbours."""

    def __init__(
        self, subject: Subject, base: Sequence[BaseImage], dockerfile: Path, scenarios: str, repeats: int = 1
    ) -> None:
        self._subject, self._dockerfile, self.scenarios = subject, dockerfile, scenarios
        self._checks: tuple[Check, ...] = ()
        self._guess: tuple[float, float] | None = None
        super().__init__(subject, base, self._save, repeats)

    @property
    def experiment(self) -> Subject:
        """The experiment on the bench: a new one whenever the Dockerfile's text is another than it was."""
        text = self._dockerfile.read_text(encoding="utf-8") if self._dockerfile.is_file() else ""
        if text != self._subject.dockerfile:
            self._subject, self._checks = self._subject.renewed(text), ()
        return self._subject

    @property
    def before(self) -> Bench:
        """The section before this one."""
        return self._beside(self.experiment.before)

    def other(self, name: str) -> Bench:
        """Another section of the course."""
        return self._beside(self.experiment.other(name))

    def variant(self, name: str, dockerfile: str | None = None, *, ignore: bool = True) -> Bench:
        """Another form of this section's Dockerfile: the text given, else the course's file of that name."""
        return self._beside(self.experiment.variant(name, dockerfile, ignore=ignore))

    def difference(self) -> Difference:
        """What this section's Dockerfile changes in that of the section before."""
        subject = self.experiment
        return difference(subject.before.dockerfile, subject.dockerfile)

    def guess(self, megabytes: float, seconds: float) -> None:
        """Keeps the reader's guess, to stand beside what is measured."""
        self._guess = (megabytes, seconds)
        print(f"Your guess is kept: {megabytes:g} MB, {seconds:g} s for the cold build.")

    def build(self, scenario: str = Scenario.COLD, repeats: int | None = None) -> Build:
        """Builds in this scenario, now, and compares a cold build with the reader's guess."""
        build = super().build(scenario, repeats)
        if scenario == Scenario.COLD and self._guess:
            print(lines.guess_line(build, self.experiment.image, *self._guess, self._base))
        return build

    @property
    def contents(self) -> Contents:
        """What lies in the image. Where all is to be measured, its packages are looked for in the same reading."""
        if self.scenarios != AIMS and self.experiment.measurement.contents is None:
            self._watched("looking for packages", lambda: self.experiment.packages)
        return super().contents

    def compare(self, other: Bench, scenario: str = Scenario.SOURCE_EDIT, repeats: int = 3) -> None:
        """Builds another Dockerfile and this one in turns, each time from a cache of its own, and says both medians."""
        experiments = [other.experiment, self.experiment]
        self._watched(f"{scenario} builds", lambda: in_turns(experiments, scenario, repeats))
        for experiment in experiments:
            seconds = experiment.measurement.seconds_of(scenario)
            print(f"{experiment.name}: {lines.repeats_line(experiment.build(scenario), seconds, self._base)}")
        self._save()

    def rest(self) -> None:
        """Measures what the section's aims did not need and a complete run does: all scenarios, a container's life."""
        if self.scenarios == AIMS:
            print('The other scenarios are left out here: set scenarios = "all" in the first cell to measure them too.')
        else:
            self.complete()

    def check(self) -> None:
        """Proves every claim of the section and prints a line for each.

        Where its variants are to be measured too, this is done then: by now all are known, those of the claims too.
        Raises ClaimsFailed, with what was seen instead and which changed lines may be why.
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
        """Some are there to show what does not work: what such a one cannot do is said, and the others go on."""
        for name, experiment in self.experiment.variants.items():
            try:
                self._beside(experiment).complete()
            except WorkbookError as error:
                print(f"{name}: {error.message}")

    def record(self) -> SectionRecord:
        """All that was measured and proved of the section so far."""
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

    def _beside(self, experiment: Experiment) -> Bench:
        return Bench(experiment, self._base, self._save, self.repeats)

    def _save(self) -> None:
        Store().save(current_run(), self.record())


def _failures(failed: Sequence[Check]) -> str:
    listed = "\n".join(f"✗ {check.claim}" + (f"\n  {check.detail}" if check.detail else "") for check in failed)
    return f"{len(failed)} of the section's claims do not hold with this Dockerfile:\n{listed}"


def _hint(subject: Subject) -> str:
    """The lines in which the reader's Dockerfile differs from the course's: one of them is why."""
    course = committed_or_none(subject.files.in_folder(PROJECT).dockerfile)
    if course in (None, subject.dockerfile):
        return "the Dockerfile is the course's own: what was measured above says what is different here"
    changes = difference(str(course), subject.dockerfile)
    back = f"`python3 -m helpers reset {subject.files.number}` takes them back"
    return f"your changes to the course's Dockerfile:\n{changes}\n{back}"
