"""The learner's attempt at a section's exercise."""

from helpers.course.claims import exercise_of
from helpers.course.section import Section
from helpers.measure.claims import Claim, prove

NAME = "your-turn"


def attempt(section: Section, dockerfile: str) -> None:
    """Builds the learner's Dockerfile and prints whether it solves the section's exercise.

    The measurements are not added to the section's own.
    """
    exercise, subject = exercise_of(section.experiment.name), section.subject
    yours = section.experiment.altered(NAME, dockerfile.strip() + "\n", file="your Dockerfile")
    with section.reporter.progress(f"{section.experiment.name}: your turn") as yours.listener:
        check = prove(Claim(exercise.task, lambda _: exercise.solved(subject, yours)), subject)
    section.reporter.attempt(check)
