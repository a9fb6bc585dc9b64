"""The exercise of a section: a reader's own Dockerfile, judged by what it does and never by how it is written."""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.course.subject import Subject
from helpers.experiment.experiment import Experiment


@dataclass(frozen=True)
class Exercise:
    """A task, and how the engine tells that a Dockerfile does it."""

    task: str  # what holds once it is solved, as a sentence
    solved: Callable[[Subject, Experiment], object]  # the section, and the reader's Dockerfile in its place
