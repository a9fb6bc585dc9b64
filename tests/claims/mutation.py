"""A Dockerfile made worse in one way, and the claim that this makes false."""

from collections.abc import Callable
from dataclasses import dataclass

Change = Callable[[str], str]


@dataclass(frozen=True)
class Mutation:
    """One change of one Dockerfile, and the claims that it makes false."""

    section: str  # "06"
    breaks: str  # a part of the claim's sentence that is in no other claim of the section
    change: Change
    where: str = ""  # "": the section's own Dockerfile; else the name of a variant, or of another section
    also: tuple[str, ...] = ()  # parts of the claims that become false with the first


def swap(old: str, new: str) -> Change:
    """A change that replaces one part of the text with another.

    It raises ValueError if the text has no such part: a mutation that changes nothing proves nothing.
    """

    def change(text: str) -> str:
        if old not in text:
            raise ValueError(f"nothing to change: there is no {old!r}")
        return text.replace(old, new)

    return change


def append(line: str) -> Change:
    """A change that adds a line at the end."""
    return lambda text: f"{text}{line}\n"


def both(*changes: Change) -> Change:
    """A change that applies the changes one after the other."""

    def change(text: str) -> str:
        for each in changes:
            text = each(text)
        return text

    return change
