"""A line diff of two Dockerfiles: signs and colours in a notebook, signs only in a terminal."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from helpers.charts import theme
from helpers.core.printable import printable

CONTEXT = 2  # unchanged lines shown before and after a change
ADDED, REMOVED, KEPT, SKIPPED = "+", "−", " ", "⋯"

_STYLES = {
    ADDED: f"background:{theme.PALE_BLUE};color:{theme.INK};border-left:4px solid {theme.BLUE}",
    REMOVED: f"background:{theme.PALE_ORANGE};color:{theme.INK};border-left:4px solid {theme.VERMILION}",
    KEPT: f"color:{theme.INK};border-left:4px solid transparent",
    SKIPPED: f"color:{theme.GREY};border-left:4px solid transparent",
}
_ELEMENTS = {ADDED: "ins", REMOVED: "del"}
_BLOCK = f"font-family:monospace;white-space:pre-wrap;line-height:1.5;background:{theme.PAPER};padding:.4em 0"


@dataclass(frozen=True)
class Line:
    """One line of a diff: its sign and its text."""

    sign: str
    text: str


@dataclass(frozen=True, repr=False)
class Difference:
    """The lines that differ between two texts, with CONTEXT unchanged lines around each change."""

    lines: tuple[Line, ...]

    @property
    def summary(self) -> str:
        """How many lines were added and removed, as a sentence."""
        added, removed = (sum(line.sign == sign for line in self.lines) for sign in (ADDED, REMOVED))
        if not added and not removed:
            return "No difference: the two Dockerfiles are the same."
        return f"{added} {_lines(added)} added ({ADDED}), {removed} removed ({REMOVED})"

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"{line.sign} {line.text}".rstrip() for line in self.lines)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        summary = f"<div>{html.escape(self.summary)}</div>"
        body = "".join(_html(line) for line in self.lines)
        return f'{summary}<div style="{_BLOCK}">{body}</div>' if body else summary


def difference(before: str, after: str) -> Difference:
    """The line diff from `before` to `after`, safe to print."""
    old, new = printable(before).splitlines(), printable(after).splitlines()
    return Difference(tuple(_changes(old, new)))


def _changes(old: list[str], new: list[str]) -> Iterator[Line]:
    shown = 0  # lines of the old text that are in the diff or counted as skipped
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT)
    for group in groups:
        yield from _skipped(group[0][1] - shown)
        for change, start, end, new_start, new_end in group:
            if change == "equal":
                yield from (Line(KEPT, text) for text in old[start:end])
            else:
                yield from (Line(REMOVED, text) for text in old[start:end])
                yield from (Line(ADDED, text) for text in new[new_start:new_end])
        shown = group[-1][2]
    if shown:
        yield from _skipped(len(old) - shown)


def _skipped(count: int) -> Iterator[Line]:
    if count > 0:
        yield Line(SKIPPED, f"{count} unchanged {_lines(count)}")


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"


def _html(line: Line) -> str:
    element = _ELEMENTS.get(line.sign, "div")
    style = (
        f"display:block;text-decoration:none;padding:0 .6em 0 calc(.6em + 2ch);text-indent:-2ch;{_STYLES[line.sign]}"
    )
    return f'<{element} style="{style}">{line.sign} {html.escape(line.text)}</{element}>'
