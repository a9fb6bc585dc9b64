"""The claims and the exercise of each section: one module a section, found by the section's number."""

from importlib import import_module
from types import ModuleType

from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.measure.claims import Claim


def claims_of(section_name: str) -> tuple[Claim[Subject], ...]:
    """The claims of a section, for example "04-copy-go-mod-first", in the order in which its notebook shows them.

    Raises ModuleNotFoundError if the course has no claims for that section.
    """
    claims: tuple[Claim[Subject], ...] = _module(section_name).CLAIMS
    return claims


def exercise_of(section_name: str) -> Exercise:
    """The exercise of a section.

    Raises ModuleNotFoundError for an unknown section, AttributeError if the section has no exercise.
    """
    exercise: Exercise = _module(section_name).EXERCISE
    return exercise


def _module(section_name: str) -> ModuleType:
    return import_module(f"{__name__}.section_{section_name[:2]}")
