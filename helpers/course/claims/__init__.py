"""The claims, exercises and guesses of each section: one module a section, found by the section's number."""

from importlib import import_module
from types import ModuleType

from helpers.course.exercise import Exercise
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim


def claims_of(section_name: str) -> tuple[Claim[Subject], ...]:
    """The claims of a section, for example "04-copy-go-mod-first", in the order in which its notebook shows them.

    Raises ModuleNotFoundError if the course has no claims for that section.
    """
    claims: tuple[Claim[Subject], ...] = _module(section_name).CLAIMS
    return claims


def exercises_of(section_name: str) -> tuple[Exercise, ...]:
    """The exercises of a section, in the order in which its notebook shows them.

    Raises ModuleNotFoundError for an unknown section.
    """
    exercises: tuple[Exercise, ...] = _module(section_name).EXERCISES
    return exercises


def guesses_of(section_name: str) -> tuple[Guess, ...]:
    """The questions of a section that the reader may guess before they are measured.

    Raises ModuleNotFoundError for an unknown section.
    """
    guesses: tuple[Guess, ...] = _module(section_name).GUESSES
    return guesses


def _module(section_name: str) -> ModuleType:
    return import_module(f"{__name__}.section_{section_name[:2]}")
