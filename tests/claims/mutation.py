"""A Dockerfile made worse in one way, and the claim that no longer holds with it."""

from collections.abc import Callable
from dataclasses import dataclass

Change = Callable[[str], str]


@dataclass(frozen=True)
class Mutation:
    """One change of one Dockerfile, and what falls with it."""

    section: str  # "06"
    breaks: str  # a piece of the claim's sentence that no other claim of the section has
    change: Change
    where: str = ""  # "": the section's own Dockerfile; else the name of a variant, or of another section
    also: tuple[str, ...] = ()  # pieces of the claims that cannot stand without the first


def swap(old: str, new: str) -> Change:
    """Puts one piece of text in another's place.

    The change raises ValueError where the text has no such piece: a mutation that changes nothing proves nothing.
    """

    def change(text: str) -> str:
        if old not in text:
            raise ValueError(f"nothing to change: there is no {old!r}")
        return text.replace(old, new)

    return change


def append(line: str) -> Change:
    """Adds a line at the end."""
    return lambda text: f"{text}{line}\n"


def both(*changes: Change) -> Change:
    """One change after the other."""

    def change(text: str) -> str:
        for each in changes:
            text = each(text)
        return text

    return change
