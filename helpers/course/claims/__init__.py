"""What each section claims, and the exercise it sets: one module a section, found by its number."""

from importlib import import_module
from types import ModuleType

from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim


def claims_of(section_name: str) -> tuple[Claim[Subject], ...]:
    """The claims of "04-copy-go-mod-first", in the order in which its notebook shows them.

    Raises ModuleNotFoundError where the course has no claims for that section.
    """
    claims: tuple[Claim[Subject], ...] = _module(section_name).CLAIMS
    return claims


def exercise_of(section_name: str) -> Exercise:
    """The exercise that the section sets its reader.

    Raises ModuleNotFoundError for an unknown section, AttributeError where the section sets none.
    """
    exercise: Exercise = _module(section_name).EXERCISE
    return exercise


def _module(section_name: str) -> ModuleType:
    return import_module(f"{__name__}.section_{section_name[:2]}")
