"""What the course prints in a notebook: a line for each result, and the progress of whatever takes seconds."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from helpers.charts import guess_field, lines
from helpers.charts.chart import Table
from helpers.charts.progress import Bar, front_end_listens, progress
from helpers.core import time_left
from helpers.core.records import BaseImage, Build, Check, Engine, Image
from helpers.engine.build_progress import silent
from helpers.measure.experiment import Experiment

Value = TypeVar("Value")
Line = Callable[[Value, Sequence[BaseImage]], str]

HELP = "exercise.hint() gives a hint, exercise.solution() shows the solution."
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

    def time(self, sentence: str) -> None:
        """How long the section takes."""
        if sentence:
            print(sentence)

    def at_most(self, name: str, seconds: float | None) -> None:
        """How long a build takes if nothing is cached."""
        if seconds is not None:
            print(f"{name}: up to about {time_left.rounded(seconds)} if nothing is cached.")

    def image(self, image: Image, build: Build) -> None:
        """The image of a cold build, and the same build as a command of the Docker CLI."""
        print(lines.image_line(image, self.base))
        print(lines.command_line(build))

    def repeats(self, build: Build, seconds: Sequence[float], name: str = "") -> None:
        """The median, minimum and maximum of repeated builds; after the name, if there are several Dockerfiles."""
        print(f"{name}: " * bool(name) + lines.repeats_line(build, seconds, self.base))

    def question(self, name: str, question: str, unit: str, save: Callable[[float | str], None]) -> None:
        """A question to guess: a field to fill in where a front end is open, else the call that saves a guess."""
        if front_end_listens():
            guess_field.show(question, unit, save)
        else:
            print(f'{question}\nTo guess, call section.guess("{name}", …) with your answer.')

    def guess_saved(self, guess: str) -> None:
        """The learner's guess, before the measurement."""
        print(f"Saved your guess: {guess}.")

    def answer(self, question: str, measured: str, verdict: str) -> None:
        """What was measured, and how the learner's guess compares."""
        print(f"{question} {measured}. {verdict}".rstrip())

    def guesses(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """A table of the learner's guesses and what was measured."""
        if rows:
            print(Table(["question", "your guess", "measured"], [list(row) for row in rows], numbers=False))
        else:
            print("You made no guesses in this section.")

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

    def untouched(self, task: str) -> None:
        """The task of an exercise whose Dockerfile wasn't changed."""
        print(f"Your task: {task}\nChange the Dockerfile in this cell and run the cell again. {HELP}")

    def attempt(self, task: str, solved: bool, observed: str, wanted: str) -> None:
        """Whether the learner's Dockerfile solves the exercise: what was observed next to what is wanted."""
        if solved:
            print(f"✓ Solved: {task}\nObserved: {observed}.")
        else:
            print(f"✗ Not yet.\nObserved: {observed.rstrip('.')}.\nWanted: {wanted.rstrip('.')}.\n{HELP}")

    def hint(self, hints: Sequence[str], number: int) -> None:
        """The hint with that number, counted from 1; after the last, where the solution is."""
        if number <= len(hints):
            print(f"Hint {number} of {len(hints)}: {hints[number - 1]}")
        else:
            print("There are no more hints. exercise.solution() shows the solution.")

    def explanation(self, text: str) -> None:
        """Why the solution works."""
        print(text)
