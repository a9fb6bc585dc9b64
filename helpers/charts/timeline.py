"""The timeline of a build: its steps as bars over time, with the critical path marked.

Hatching and the legend distinguish the kinds of steps; an outline and a sign after the bar mark the critical path.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.charts import notes, theme
from helpers.charts.chart import Chart, Table
from helpers.charts.lines import short_name
from helpers.charts.theme import empty, framed, row_axis
from helpers.core import units
from helpers.core.printable import label, one_line
from helpers.core.records import Build, Instruction
from helpers.metrics.critical_path import critical_path
from helpers.metrics.instructions import in_order

TITLE = "Build timeline"
CRITICAL = "◆"
EXPLAINED = (
    f"seconds since the first step started, as reported by the engine · {CRITICAL} critical path:"
    " the steps that the build had to wait for"
)
RAN, CACHED, ENGINE = "ran", "cached", "engine step"
_PATTERNS: Mapping[str, dict[str, object]] = {
    RAN: {"color": theme.ORANGE},
    CACHED: {"color": theme.PALE_BLUE, "pattern": {"shape": "/", "fgcolor": theme.BLUE, "bgcolor": theme.PALE_BLUE}},
    ENGINE: {"color": theme.GRID, "pattern": {"shape": ".", "fgcolor": theme.GREY, "bgcolor": theme.GRID}},
}


@dataclass(frozen=True)
class _Line:
    name: str
    full_name: str
    step: Instruction | None = None  # None: a heading
    kind: str = ""
    critical: bool = False


def timeline(builds: Mapping[str, Build], lines: Sequence[str] = ()) -> Chart:
    """One build, or several below each other on the same scale, each under its name."""
    rows = [row for name, build in builds.items() for row in _lines(name, build)]
    small_print = [EXPLAINED, *map(_total, builds, builds.values()), notes.ONE_BUILD, *lines]
    return Chart(_figure(rows, small_print), _table(rows, small_print))


def _lines(name: str, build: Build) -> Iterator[_Line]:
    """The build's heading and its steps: the Dockerfile's in order, between the engine's own."""
    critical = {step.digest for step in critical_path(build).steps}
    yield _Line(name, name)
    for step in [*_before(build), *in_order([build]), *_after(build)]:
        if step.seconds is not None:
            yield _Line(short_name(step), step.name, step, _kind(step), step.digest in critical)


def _before(build: Build) -> list[Instruction]:
    return [step for step in build.engine_steps if step.vertex.loads == "build context"]


def _after(build: Build) -> list[Instruction]:
    return [step for step in build.engine_steps if step.vertex.is_export]


def _kind(step: Instruction) -> str:
    if step.cached is None or step.vertex.internal or step.vertex.is_export:
        return ENGINE
    return CACHED if step.cached else RAN


def _total(name: str, build: Build) -> str:
    path = critical_path(build)
    return (
        f"{name}: {units.seconds(build.seconds)} s in total (wall clock), critical path {units.seconds(path.seconds)} s"
        f" including {units.seconds(path.gaps)} s of gaps between steps"
    )


def _figure(rows: Sequence[_Line], small_print: Sequence[str]) -> go.Figure:
    if not any(row.step for row in rows):
        return empty(TITLE)
    figure = go.Figure([_bars(kind, rows) for kind in _PATTERNS if any(row.kind == kind for row in rows)])
    figure.update_xaxes(side="top", title={"text": "seconds", "standoff": 6}, range=[0, 1.12 * _last(rows)])
    figure.update_yaxes(row_axis([row.name for row in rows], [n for n, row in enumerate(rows) if row.step is None]))
    return framed(figure, TITLE, [row.name for row in rows], small_print)


def _bars(kind: str, rows: Sequence[_Line]) -> go.Bar:
    own = [(number, row, row.step) for number, row in enumerate(rows) if row.step and row.kind == kind]
    return go.Bar(
        name=kind,
        orientation="h",
        y=[number for number, _, _ in own],
        base=[step.started for _, _, step in own],
        x=[step.seconds for _, _, step in own],
        text=[_label(row, step) for _, row, step in own],
        customdata=[label(row.full_name) for _, row, _ in own],
        hovertemplate="%{customdata}<br>from %{base:.2f} s: %{text}<extra></extra>",
        marker={
            **_PATTERNS[kind],
            "line": {"color": theme.INK, "width": [2.5 if row.critical else 0.8 for _, row, _ in own]},
        },
    )


def _label(row: _Line, step: Instruction) -> str:
    return f"{units.seconds(step.seconds)} {CRITICAL}" if row.critical else units.seconds(step.seconds)


def _last(rows: Sequence[_Line]) -> float:
    return max((row.step.completed or 0.0 for row in rows if row.step), default=0.0) or 1.0


def _table(rows: Sequence[_Line], small_print: Sequence[str]) -> Table:
    return Table(["step", "start s", "duration s", "", "critical path"], [_cells(row) for row in rows], small_print)


def _cells(row: _Line) -> list[str]:
    name = one_line(row.full_name)
    if row.step is None:
        return [name, "", "", "", ""]
    mark = CRITICAL if row.critical else ""
    return [name, units.seconds(row.step.started), units.seconds(row.step.seconds), row.kind, mark]
