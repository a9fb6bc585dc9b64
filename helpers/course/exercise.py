"""A section's exercise: the learner's Dockerfile is checked by what it does, not by how it is written."""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.course.subject import Subject
from helpers.measure.experiment import Experiment


@dataclass(frozen=True)
class Exercise:
    """A task, and how to check with the engine that a Dockerfile solves it."""

    task: str  # a sentence that is true once the exercise is solved
    solved: Callable[[Subject, Experiment], object]  # takes the section and the learner's experiment
