"""The exercise of a section: a reader's own Dockerfile, judged by what it does and never by how it is written."""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.course.claims import exercise_of
from helpers.course.section import Section
from helpers.experiment.experiment import Experiment


@dataclass(frozen=True)
class Exercise:
    """A task, and how the engine tells that a Dockerfile does it."""

    task: str  # what holds once it is solved, as a sentence
    solved: Callable[[Section, Experiment], bool]  # the section, the reader's Dockerfile built in its place


def attempt(section: Section, dockerfile: str) -> bool:
    """Build the reader's Dockerfile, say whether it solves the section's exercise, and be True if so.

    Raises BuildFailed where it does not build. Nothing of it is kept among the section's measurements.
    """
    exercise = exercise_of(section.name)
    yours = Experiment(f"{section.name}.your-turn", dockerfile.strip() + "\n", section.context, client=section.client)
    solved = exercise.solved(section, yours)
    print(f"✓ Solved: {exercise.task}" if solved else f"… Not yet: {exercise.task}")
    return solved
