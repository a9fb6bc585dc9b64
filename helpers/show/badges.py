"""The aims of the course as badges: a symbol, and always the word beside it."""

from collections.abc import Iterable

BADGES = {"security": "🔒", "build speed": "🏎️", "clarity": "👁️"}


def badge(aim: str) -> str:
    """One aim as Markdown; a screen reader says "aim: security" once. Raises KeyError for an aim the course lacks."""
    return f'<span role="img" aria-label="aim: {aim}">{BADGES[aim]} {aim}</span>'


def badges(aims: Iterable[str]) -> str:
    """The aims of a section as Markdown, in the course's order; "" where it has none."""
    wanted = set(aims)
    return " · ".join(badge(aim) for aim in BADGES if aim in wanted)
