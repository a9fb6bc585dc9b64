"""A section's questions to guess before measuring, and how a guess compares with what was measured."""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.course.subject import Subject

Value = float | str
_CLOSE = 1.1  # a guess is close if it is off by no more than this factor


@dataclass(frozen=True)
class Guess:
    """A question with an answer that the section measures: a number with its unit, or a word."""

    name: str
    question: str
    measured: Callable[[Subject], Value]
    unit: str = ""

    def shown(self, value: Value) -> str:
        """The value with its unit: "928 MB"."""
        return f"{_plain(value)} {self.unit}".rstrip()

    def verdict(self, guessed: Value, measured: Value) -> str:
        """How the guess compares, kindly."""
        if isinstance(guessed, str) or isinstance(measured, str):
            return _verdict_on_words(self.shown(guessed), self.shown(measured))
        if self.shown(guessed) == self.shown(measured):
            return "You guessed right."
        if min(guessed, measured) <= 0:
            return f"You guessed {self.shown(guessed)}."
        factor = measured / guessed
        if 1 / _CLOSE <= factor <= _CLOSE:
            return f"You guessed {self.shown(guessed)}: close."
        off = f"{factor:,.1f}× too low" if factor > 1 else f"{1 / factor:,.1f}× too high"
        return f"You guessed {self.shown(guessed)}: {off}."


def _verdict_on_words(guessed: str, measured: str) -> str:
    same = guessed.strip().lower() == measured.strip().lower()
    return "You guessed right." if same else f"You guessed {guessed}."


def _plain(value: Value) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3g}"
