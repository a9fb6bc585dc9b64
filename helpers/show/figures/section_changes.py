"""The whole course on one page: which section moved which axis, and by how much."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helpers.records import Scenario, SectionRecord
from helpers.show import notes, units, values
from helpers.show.chart import Chart
from helpers.show.figures.attack_surface import KINDS, found
from helpers.show.figures.matrix import Cell, Line, Shade, matrix
from helpers.show.rows import Row, Value, measured, rows, sources

TITLE = "What moved what: every section against the one before"
SAME = 1.25  # times larger or smaller, below which a figure that was measured once says nothing …
WORTH = 0.5  # … and MB or seconds, below which nobody would notice
EXPLAINED = (
    "▼ ▲: how many times smaller or larger than in the section before",
    f"below {SAME} times, or {WORTH} MB or seconds, nothing is said: every figure was measured once",
    f"exposed: of {KINDS} kinds of help for a stranger (root, shell, package manager, compiler, setuid programs)",
)


@dataclass(frozen=True)
class _Axis:
    title: str
    value: Value
    text: Callable[[float | None], str]
    counted: bool = False  # a count is exact: every change of it is one


AXES = (
    _Axis("image, MB", values.size, units.megabytes),
    _Axis("cold build, s", values.build_time(Scenario.COLD), units.seconds),
    _Axis("source edited, s", values.build_time(Scenario.SOURCE_EDIT), units.seconds),
    _Axis("first 200, s", values.first_answer, units.seconds),
    _Axis("exposed", found, lambda kinds: f"{kinds:.0f} of {KINDS}", counted=True),
)


def moves(records: Sequence[SectionRecord], highlight: str = "") -> Chart:
    """A row for each section of the course's own project, an axis in each column."""
    figures = [axis.value for axis in AXES]
    lines = measured(rows(records), figures)
    used = sources(lines, figures)
    mark = [notes.BASELINE_MARK_MEANS] if any(record.baseline for record in used) else []
    before: list[Row | None] = [None, *lines]
    grid = [
        Line(row.label, tuple(_cell(axis, row, earlier) for axis in AXES))
        for row, earlier in zip(lines, before, strict=False)
    ]
    return matrix(TITLE, [axis.title for axis in AXES], grid, [*EXPLAINED, *mark, *notes.provenance(used)], "section")


def _cell(axis: _Axis, row: Row, earlier: Row | None) -> Cell:
    pick = row.pick(axis.value)
    if pick is None:
        return Cell()
    mark = f"{notes.BASELINE_MARK} " if pick.record.baseline else ""
    past = earlier.pick(axis.value) if earlier else None
    change, shade = _change(past.figure, pick.figure, axis.counted) if past else ("", Shade.NONE)
    return Cell(f"{mark}{axis.text(pick.figure)}{change}", shade)


def _change(before: float, now: float, counted: bool) -> tuple[str, Shade]:
    """The change in words, "" where there is none worth telling, and whether it is one for the better."""
    low, high = sorted((before, now))
    if low == high or (not counted and high < max(SAME * low, low + WORTH)):
        return "", Shade.NONE
    sign, shade = ("▼", Shade.CALM) if now < before else ("▲", Shade.LOUD)
    return (f" {sign}" if counted or not low else f" {sign} {_times(high / low)}"), shade


def _times(factor: float) -> str:
    return f"×{factor:.1f}" if factor < 10 else f"×{factor:,.0f}"
