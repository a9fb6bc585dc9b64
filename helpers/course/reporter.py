"""What the course prints in a notebook: a line for each result, and the progress of whatever takes seconds."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from helpers.charts import lines
from helpers.charts.progress import Bar, progress
from helpers.core.records import BaseImage, Build, Check, Engine, Image
from helpers.engine.build_progress import silent
from helpers.measure.experiment import Experiment

Value = TypeVar("Value")
Line = Callable[[Value, Sequence[BaseImage]], str]

SKIPPED = 'The other scenarios were skipped. To measure them too, set scenarios = "all" in the first cell.'
NO_PACKAGES = "Packages were not listed: Syft is not available for this machine."


class Reporter:
    """The only part of the course that prints in notebooks; its lines name any stand-in among the base images."""

    def __init__(self, base: Sequence[BaseImage] = ()) -> None:
        self.base = tuple(base)

    def progress(self, title: str) -> AbstractContextManager[Bar]:
        """Shows the progress of a task while the block runs."""
        return progress(title)

    def during(
        self, experiment: Experiment, what: str, work: Callable[[], Value], line: Line[Value] | None = None
    ) -> Value:
        """Does the experiment's work with a progress bar, which is then replaced by `line`."""
        with self.progress(f"{experiment.name}: {what}") as bar:
            experiment.listener = bar
            try:
                value = work()
            finally:
                experiment.listener = silent
            bar.summary = line(value, self.base) if line else ""
        return value

    def engine(self, engine: Engine) -> None:
        """The engine in use, and the sources of the base images."""
        print(lines.engine_line(engine, self.base))

    def image(self, image: Image, build: Build) -> None:
        """The image of a cold build, and the same build as a command of the Docker CLI."""
        print(lines.image_line(image, self.base))
        print(lines.command_line(build))

    def repeats(self, build: Build, seconds: Sequence[float], name: str = "") -> None:
        """The median, minimum and maximum of repeated builds; after the name, if there are several Dockerfiles."""
        print(f"{name}: " * bool(name) + lines.repeats_line(build, seconds, self.base))

    def guess_saved(self, megabytes: float, seconds: float) -> None:
        """The learner's guess, before the build."""
        print(f"Saved your guess: {megabytes:g} MB, {seconds:g} s for the cold build.")

    def guess(self, build: Build, image: Image, megabytes: float, seconds: float) -> None:
        """The learner's guess, compared with the measurement."""
        print(lines.guess_line(build, image, megabytes, seconds, self.base))

    def no_packages(self) -> None:
        """Why there is no list of packages."""
        print(NO_PACKAGES)

    def skipped(self) -> None:
        """That only the scenarios of the section's aims are measured."""
        print(SKIPPED)

    def failed(self, name: str, message: str) -> None:
        """Why a variant could not be measured; some fail on purpose."""
        print(f"{name}: {message}")

    def checks(self, checks: Sequence[Check]) -> None:
        """A line for each claim: whether it was proved."""
        for check in checks:
            print(f"{'✓' if check.passed else '✗'} {check.claim}")

    def attempt(self, check: Check) -> None:
        """Whether the learner's Dockerfile solves the exercise, and what was found if not."""
        print(f"✓ Solved: {check.claim}" if check.passed else f"… Not yet: {check.claim}")
        if check.detail:
            print(check.detail)
