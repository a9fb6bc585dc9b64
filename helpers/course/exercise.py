"""The exercise of a section: a reader's own Dockerfile, judged by what it does and never by how it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.course.claims import exercise_of
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim, prove
from helpers.experiment.experiment import Experiment
from helpers.show.progress import progress

if TYPE_CHECKING:
    from helpers.course.section import Section

NAME = "your-turn"


@dataclass(frozen=True)
class Exercise:
    """A task, and how the engine tells that a Dockerfile does it."""

    task: str  # what holds once it is solved, as a sentence
    solved: Callable[[Subject, Experiment], object]  # the section, and the reader's Dockerfile in its place


def attempt(section: Section, dockerfile: str) -> None:
    """Builds the reader's Dockerfile, and prints whether it solves the section's exercise.

    What it measures is not kept among the section's own measurements.
    """
    exercise, subject = exercise_of(section.experiment.name), section.experiment
    yours = subject.altered(NAME, dockerfile.strip() + "\n", file="your Dockerfile")
    with progress(f"{subject.name}: your turn") as yours.listener:
        check = prove(Claim(exercise.task, lambda _: exercise.solved(subject, yours)), subject)
    print(f"✓ Solved: {exercise.task}" if check.passed else f"… Not yet: {exercise.task}")
    if check.detail:
        print(check.detail)
