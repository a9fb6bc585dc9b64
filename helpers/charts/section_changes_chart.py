"""What each section changed compared with the section before it, and by what factor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helpers.charts import notes
from helpers.charts.chart import Chart
from helpers.charts.matrix import Cell, Line, Shade, matrix
from helpers.core import units
from helpers.core.records import Scenario, SectionRecord
from helpers.metrics import values
from helpers.metrics.attack_surface import CATEGORIES, categories_found
from helpers.metrics.values import (
    MIN_DIFFERENCE,
    MIN_FACTOR,
    SectionChange,
    Value,
    measured,
    rows,
    section_changes,
    sources,
)

TITLE = "What each step changed"
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
    counted: bool = False


AXES = (
    _Axis("image, MB", values.size, units.megabytes),
    _Axis("cold build, s", values.build_time(Scenario.COLD), units.seconds),
    _Axis("source edited, s", values.build_time(Scenario.SOURCE_EDIT), units.seconds),
    _Axis("first 200, s", values.first_answer, units.seconds),
    _Axis("attack surface", categories_found, lambda count: f"{count:.0f} of {CATEGORIES}", counted=True),
)
_SHADES = {-1: Shade.MUTED, 0: Shade.NONE, 1: Shade.STRONG}


def section_changes_chart(records: Sequence[SectionRecord], highlight: str = "") -> Chart:
    """A row for each section, a column for each value, with the change from the previous section."""
    read = [axis.value for axis in AXES]
    lines = measured(rows(records), read)
    used = sources(lines, read)
    mark = [notes.BASELINE_MARK_MEANS] if any(record.baseline for record in used) else []
    columns = [[_cell(axis, change) for change in section_changes(lines, axis.value, axis.counted)] for axis in AXES]
    grid = [Line(row.label, cells) for row, cells in zip(lines, zip(*columns, strict=True), strict=True)]
    return matrix(TITLE, [axis.title for axis in AXES], grid, [*EXPLAINED, *mark, *notes.provenance(used)], "section")


def _cell(axis: _Axis, change: SectionChange | None) -> Cell:
    if change is None:
        return Cell()
    mark = f"{notes.BASELINE_MARK} " if change.now.record.baseline else ""
    return Cell(f"{mark}{axis.text(change.now.figure)}{_marked(change)}", _SHADES[change.direction])


def _marked(change: SectionChange) -> str:
    """The change as text; "" if it is too small to mark."""
    if not change.direction:
        return ""
    sign = "▲" if change.direction > 0 else "▼"
    return f" {sign}" if change.counted or not change.factor else f" {sign} {_times(change.factor)}"


def _times(factor: float) -> str:
    times = max(factor, 1 / factor)
    return f"×{times:.1f}" if times < 10 else f"×{times:,.0f}"
