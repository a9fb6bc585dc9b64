"""The learner's attempt at a section's exercise."""

from helpers.charts.progress import progress
from helpers.course.claims import exercise_of
from helpers.course.section import Section
from helpers.measure.claims import Claim, prove

NAME = "your-turn"


def attempt(section: Section, dockerfile: str) -> None:
    """Builds the learner's Dockerfile and prints whether it solves the section's exercise.

    The measurements are not added to the section's own.
    """
    exercise, subject = exercise_of(section.experiment.name), section.experiment
    yours = subject.altered(NAME, dockerfile.strip() + "\n", file="your Dockerfile")
    with progress(f"{subject.name}: your turn") as yours.listener:
        check = prove(Claim(exercise.task, lambda _: exercise.solved(subject, yours)), subject)
    print(f"✓ Solved: {exercise.task}" if check.passed else f"… Not yet: {exercise.task}")
    if check.detail:
        print(check.detail)
