"""What each section changed compared with the section before it, and by what factor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helpers.charts import notes
from helpers.charts.attack_surface import CATEGORIES, categories_found
from helpers.charts.chart import Chart
from helpers.charts.matrix import Cell, Line, Shade, matrix
from helpers.core import units
from helpers.core.records import Scenario, SectionRecord
from helpers.metrics import values
from helpers.metrics.values import Row, Value, measured, rows, sources

TITLE = "What each step changed"
MIN_FACTOR = 1.25  # smaller changes are within the noise of a single measurement
MIN_DIFFERENCE = 0.5  # MB or seconds; smaller changes are not noticeable
EXPLAINED = (
    "▼ ▲ smaller or larger than in the previous section, by that factor",
    f"changes below ×{MIN_FACTOR} or below {MIN_DIFFERENCE} MB or s are not marked: each value was measured once",
    f"attack surface: how many of {CATEGORIES} are present: root, shell, package manager, compiler, setuid programs",
)


@dataclass(frozen=True)
class _Axis:
    title: str
    value: Value
    text: Callable[[float | None], str]
    counted: bool = False  # counts are exact, so every change is marked


AXES = (
    _Axis("image, MB", values.size, units.megabytes),
    _Axis("cold build, s", values.build_time(Scenario.COLD), units.seconds),
    _Axis("source edited, s", values.build_time(Scenario.SOURCE_EDIT), units.seconds),
    _Axis("first 200, s", values.first_answer, units.seconds),
    _Axis("attack surface", categories_found, lambda count: f"{count:.0f} of {CATEGORIES}", counted=True),
)


def section_changes(records: Sequence[SectionRecord], highlight: str = "") -> Chart:
    """A row for each section, a column for each value, with the change from the previous section."""
    read = [axis.value for axis in AXES]
    lines = measured(rows(records), read)
    used = sources(lines, read)
    mark = [notes.BASELINE_MARK_MEANS] if any(record.baseline for record in used) else []
    previous: list[Row | None] = [None, *lines]
    grid = [
        Line(row.label, tuple(_cell(axis, row, before) for axis in AXES))
        for row, before in zip(lines, previous, strict=False)
    ]
    return matrix(TITLE, [axis.title for axis in AXES], grid, [*EXPLAINED, *mark, *notes.provenance(used)], "section")


def _cell(axis: _Axis, row: Row, before: Row | None) -> Cell:
    pick = row.pick(axis.value)
    if pick is None:
        return Cell()
    mark = f"{notes.BASELINE_MARK} " if pick.record.baseline else ""
    past = before.pick(axis.value) if before else None
    change, shade = _change(past.figure, pick.figure, axis.counted) if past else ("", Shade.NONE)
    return Cell(f"{mark}{axis.text(pick.figure)}{change}", shade)


def _change(before: float, now: float, counted: bool) -> tuple[str, Shade]:
    """The change as text, "" if it is too small to mark, and the shade: muted for a decrease."""
    low, high = sorted((before, now))
    if low == high or (not counted and high < max(MIN_FACTOR * low, low + MIN_DIFFERENCE)):
        return "", Shade.NONE
    sign, shade = ("▼", Shade.MUTED) if now < before else ("▲", Shade.STRONG)
    return (f" {sign}" if counted or not low else f" {sign} {_times(high / low)}"), shade


def _times(factor: float) -> str:
    return f"×{factor:.1f}" if factor < 10 else f"×{factor:,.0f}"
