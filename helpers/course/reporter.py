"""What the course prints in a notebook: a line for each result, and the progress of whatever takes seconds."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from IPython.display import display

from helpers.charts import guess_field, lines, notes, rich
from helpers.charts.chart import Table
from helpers.charts.progress import Bar, front_end_listens, progress
from helpers.core import time_left
from helpers.core.records import BaseImage, Build, Check, Engine, Image, Replay
from helpers.course import replayed
from helpers.course.machine import this_machine
from helpers.engine.build_progress import silent
from helpers.measure.experiment import Experiment

Value = TypeVar("Value")
Line = Callable[[Value, Sequence[BaseImage]], str]

HELP = "exercise.hint() gives a hint, exercise.solution() shows the solution."
CASE_HELP = "{case}.hint() gives a hint, {case}.solution() shows the solution."
SKIPPED = 'The other scenarios were skipped. To measure them too, set scenarios = "all" in the first cell.'
OF_A_RECORDING = "These checks are of a recording of {day}. They prove nothing about this machine."
NO_PACKAGES = "Packages were not listed: Syft is not available for this machine."


def say(text: str) -> None:
    """Shows a text: its HTML in a live notebook, plain text in a terminal and where output is kept or compared."""
    if front_end_listens():
        display(rich.bundle(text), raw=True)
    else:
        print(text)


class Reporter:
    """The only part of the course that prints in notebooks; its lines name stand-ins, and the date of a recording."""

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

    def engine(self, engine: Engine, repeats: int = 1) -> None:
        """The engine in use, the sources of the base images, this machine, and how often each build is measured."""
        say(lines.engine_line(engine, self.base, this_machine().name, repeats))

    def replay(self, replay: Replay) -> None:
        """The recording that is played instead of using an engine, and the sources of its base images."""
        say(lines.replay_line(replay, self.base))

    def time(self, sentence: str) -> None:
        """How long the section takes."""
        if sentence:
            say(sentence)

    def at_most(self, name: str, seconds: float | None) -> None:
        """How long a build takes if nothing is cached; nothing in a replay, which takes as long as its pace says."""
        if seconds is not None and not replayed.current():
            say(f"{name}: up to about {time_left.rounded(seconds)} if nothing is cached.")

    def image(self, image: Image, build: Build) -> None:
        """The image of a cold build, and the same build as a command of the Docker CLI."""
        say(lines.image_line(image, self.base))
        say(lines.command_line(build))

    def commands(self, commands: Sequence[str]) -> None:
        """A container's run as commands of the Docker CLI and curl."""
        say(lines.commands_line(commands))

    def repeats(self, build: Build, seconds: Sequence[float], name: str = "") -> None:
        """The median, minimum and maximum of repeated builds; after the name, if there are several Dockerfiles."""
        say(f"{name}: " * bool(name) + lines.repeats_line(build, seconds, self.base))

    def question(self, name: str, question: str, unit: str, save: Callable[[float | str], None]) -> None:
        """A question to guess: a field to fill in where a front end is open, else the call that saves a guess."""
        if front_end_listens():
            guess_field.show(question, unit, save)
        else:
            say(f'{question}\nTo guess, call section.guess("{name}", …) with your answer.')

    def guess_saved(self, guess: str) -> None:
        """The learner's guess, before the measurement."""
        say(f"Saved your guess: {guess}.")

    def answer(self, question: str, measured: str, verdict: str) -> None:
        """What was measured, and how the learner's guess compares."""
        say(self._noted(f"{question} {measured}. {verdict}".rstrip()))

    def guesses(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """A table of the learner's guesses and what was measured."""
        if rows:
            cells, note = [list(row) for row in rows], notes.mark(self.base)
            say(Table(["question", "your guess", "measured"], cells, [note] if note else [], numbers=False))
        else:
            say("You made no guesses in this section.")

    def no_packages(self) -> None:
        """Why there is no list of packages."""
        say(NO_PACKAGES)

    def skipped(self) -> None:
        """That only the scenarios of the section's aims are measured."""
        say(SKIPPED)

    def failed(self, name: str, message: str) -> None:
        """Why a variant could not be measured; some fail on purpose."""
        say(f"{name}: {message}")

    def checks(self, checks: Sequence[Check], details: bool = False) -> None:
        """A line for each claim: whether it was proved; with `details`, also what was found where it failed.

        In a replay, one more line says what the checks are worth.
        """
        if checks:
            say(lines.checks_lines(checks, details))
        if checks and (replay := replayed.current()):
            say(OF_A_RECORDING.format(day=notes.day(replay.recorded)))
        if details and (note := notes.mark(self.base)):
            say(note)

    def untouched(self, task: str) -> None:
        """The task of an exercise whose Dockerfile wasn't changed."""
        say(f"Your task: {task}\nChange the Dockerfile in this cell and run the cell again. {HELP}")

    def attempt(self, task: str, solved: bool, observed: str, wanted: str) -> None:
        """Whether the learner's Dockerfile solves the exercise: what was observed next to what is wanted."""
        if solved:
            say(f"✓ Solved: {task}\n{self._noted(f'Observed: {observed}.')}")
        else:
            seen = self._noted(f"Observed: {observed.rstrip('.')}.")
            say(f"✗ Not yet.\n{seen}\nWanted: {wanted.rstrip('.')}.\n{HELP}")

    def case_failed(self, dockerfile: str, phase: str, message: str) -> None:
        """Where a broken case failed, and its message; after its Dockerfile, if the notebook doesn't show that."""
        say(f"{dockerfile}\n" * bool(dockerfile) + f"✗ {phase.capitalize()}.\n{message.rstrip()}")

    def clinic_progress(self, cases: int, left: Sequence[str]) -> None:
        """How many cases the learner has repaired, and the names of the others."""
        say(f"Repaired: {cases - len(left)} of {cases}." + (f"\nLeft: {', '.join(left)}." if left else ""))

    def case_untouched(self, case: str, question: str, edits: str) -> None:
        """The question of a broken case whose repair wasn't written yet; `case` is its variable in the notebook."""
        what = "run's options" if edits == "options" else edits
        say(f"{question}\nRepair the {what} in this cell and run the cell again. {CASE_HELP.format(case=case)}")

    def case_checked(self, case: str, repaired: bool, phase: str, message: str, wanted: str) -> None:
        """Whether the learner's repair runs: what was observed next to what is wanted."""
        if repaired:
            say(f"✓ Repaired: {phase}.\nObserved: {message}.")
        else:
            help_ = CASE_HELP.format(case=case)
            say(f"✗ Not yet: {phase}.\nObserved: {message.rstrip()}\nWanted: {wanted}.\n{help_}")

    def hint(self, hints: Sequence[str], number: int, where: str) -> None:
        """The hint with that number, counted from 1; after the last, where the solution is."""
        if number <= len(hints):
            say(f"Hint {number} of {len(hints)}: {hints[number - 1]}")
        else:
            say(f"There are no more hints. {where}.solution() shows the solution.")

    def note(self, text: str) -> None:
        """A line about what a cell has just done."""
        say(text)

    def explanation(self, text: str) -> None:
        """Why the solution works."""
        say(text)

    def _noted(self, text: str) -> str:
        """The text, with a note if what it says was measured on a stand-in or recorded."""
        note = notes.mark(self.base)
        return f"{text} ({note})" if note else text
