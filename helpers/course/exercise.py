"""A section's exercises: the learner's Dockerfile is checked by what it does, not by how it is written."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpers.charts.difference import Difference, difference
from helpers.core.errors import DiskFull, EngineStopped, WorkbookError
from helpers.course.hints import Hints
from helpers.course.menu import menu
from helpers.course.reporter import Reporter
from helpers.course.sections import SectionFiles, committed_or_none
from helpers.course.subject import Subject
from helpers.measure.experiment import Experiment, text_of

NAME = "your-turn"  # of the variant that is built from the learner's Dockerfile
_FOLDER = Path(__file__).parent / "exercises"


@dataclass(frozen=True)
class Outcome:
    """What the check of an exercise observed, and what is wanted instead or was wanted and found."""

    solved: bool
    observed: str  # "after an edit, 2 of 3 COPY instructions ran"
    wanted: str  # "3 of 3"


@dataclass(frozen=True)
class Exercise:
    """A task, the check that a Dockerfile solves it, and help: hints from vague to plain, and why the solution works.

    The Dockerfiles are in `exercises/`: `<section>.<name>.Dockerfile` is what the learner starts from (if there is
    none, it is the section's own), `<section>.<name>.solution.Dockerfile` solves it.
    """

    name: str
    task: str  # a sentence that is true once the exercise is solved
    solved: Callable[[Subject, Experiment], Outcome]  # takes the section and the learner's experiment
    hints: tuple[str, ...]
    explanation: str

    def start(self, files: SectionFiles) -> str:
        """The Dockerfile that the learner starts from."""
        own = _FOLDER / f"{files.name}.{self.name}.Dockerfile"
        return text_of(own) if own.is_file() else committed_or_none(files.dockerfile) or text_of(files.dockerfile)

    def solution(self, files: SectionFiles) -> str:
        """A Dockerfile that solves it."""
        return text_of(_FOLDER / f"{files.name}.{self.name}.solution.Dockerfile")

    def check(self, subject: Subject, yours: Experiment) -> Outcome:
        """What the check observes of the learner's experiment; a failed build or container is an outcome too.

        Raises EngineStopped and DiskFull.
        """
        try:
            return self.solved(subject, yours)
        except (EngineStopped, DiskFull):
            raise  # says nothing about the learner's Dockerfile
        except (WorkbookError, LookupError) as error:
            return Outcome(False, str(error), self.task)


class Practice:
    """An exercise as a notebook uses it: check your Dockerfile, ask for a hint, see the solution."""

    def __init__(self, exercise: Exercise, subject: Subject, files: SectionFiles, reporter: Reporter) -> None:
        """`files` are those of the course's own copy of the section."""
        self._exercise, self._subject, self._files, self._reporter = exercise, subject, files, reporter
        self._hints = Hints(exercise.hints, reporter)
        self.__doc__ = menu(self)

    def __repr__(self) -> str:
        return f"Exercise {self._exercise.name}: {self._exercise.task}"

    def check(self, dockerfile: str) -> None:
        """Builds your Dockerfile and prints what the check observed next to what is wanted.

        A Dockerfile that you haven't changed isn't built. The measurements aren't added to the section's own.
        """
        text = dockerfile.strip() + "\n"
        if text == self._exercise.start(self._files).strip() + "\n":
            self._reporter.untouched(self._exercise.task)
            return
        yours = self._subject.experiment.altered(NAME, text, file="your Dockerfile", alone=True)
        with self._reporter.progress(f"{self._files.name}: your turn") as yours.listener:
            outcome = self._exercise.check(self._subject, yours)
        self._reporter.attempt(self._exercise.task, outcome.solved, outcome.observed, outcome.wanted)

    def hint(self) -> None:
        """Prints the next hint."""
        self._hints.give()

    def solution(self) -> Difference:
        """Shows what the solution changes, and prints why it works."""
        self._reporter.explanation(self._exercise.explanation)
        return difference(self._exercise.start(self._files), self._exercise.solution(self._files))
