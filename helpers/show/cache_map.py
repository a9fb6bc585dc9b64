"""The cache map: what each instruction did in each scenario. One look tells which edit costs what.

Every cell says it in words; the colour only repeats it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.records import Build, Instruction, Scenario
from helpers.show import notes, theme, units
from helpers.show.exhibit import Exhibit
from helpers.show.frame import empty, framed
from helpers.show.steps import brief, instructions, row_axis
from helpers.show.table import Table
from helpers.show.values import SCENARIO_TITLES
from helpers.show.words import one_line

Builds = Mapping[str, Build]  # by scenario

TITLE = "The cache map: what ran, what came from the cache"
CACHED = "cached"
EXPLAINED = "seconds by the engine's own clock · FROM is neither run nor cached"
_CACHED, _RAN = 0, 1  # the colours' numbers


@dataclass(frozen=True)
class _Line:
    name: str
    full_name: str
    steps: tuple[Instruction | None, ...]  # one a scenario; () for a heading


def cache_map(forms: Mapping[str, Builds], lines: Sequence[str] = ()) -> Exhibit:
    """Instruction by scenario for one Dockerfile, or for several one below the other under their names."""
    scenarios = [scenario for scenario in Scenario if any(scenario in builds for builds in forms.values())]
    rows = [line for name, builds in forms.items() for line in _lines(name, builds, scenarios, len(forms) > 1)]
    small_print = [f"{EXPLAINED} · {notes.ONCE}", *lines]
    return Exhibit(_figure(rows, scenarios, small_print), _table(rows, scenarios, small_print))


def _lines(name: str, builds: Builds, scenarios: Sequence[Scenario], headed: bool) -> list[_Line]:
    heading = [_Line(name, name, ())] if headed else []
    return heading + [
        _Line(brief(step), step.name, tuple(_same(step, builds.get(scenario)) for scenario in scenarios))
        for step in instructions(builds.values())
    ]


def _same(step: Instruction, build: Build | None) -> Instruction | None:
    return next((other for other in build.instructions if other.name == step.name), None) if build else None


def _words(step: Instruction | None) -> str:
    if step is None or step.cached is None:
        return units.ABSENT
    return CACHED if step.cached else f"ran {units.seconds(step.seconds)} s"


def _figure(rows: Sequence[_Line], scenarios: Sequence[Scenario], small_print: Sequence[str]) -> go.Figure:
    if not rows:
        return empty(TITLE)
    figure = go.Figure(_cells(rows, scenarios))
    titles = [SCENARIO_TITLES[scenario] for scenario in scenarios]
    figure.update_xaxes(side="top", tickvals=list(range(len(titles))), ticktext=titles, showgrid=False, zeroline=False)
    figure.update_yaxes(row_axis([row.name for row in rows], [n for n, row in enumerate(rows) if not row.steps]))
    return framed(figure, TITLE, [row.name for row in rows], small_print).update_layout(showlegend=False)


def _cells(rows: Sequence[_Line], scenarios: Sequence[Scenario]) -> go.Heatmap:
    blank = [None] * len(scenarios)
    return go.Heatmap(
        x=list(range(len(scenarios))),
        y=list(range(len(rows))),
        z=[[_colour(step) for step in row.steps] or blank for row in rows],
        text=[[_words(step) for step in row.steps] or [""] * len(scenarios) for row in rows],
        texttemplate="%{text}",
        textfont={"color": theme.INK},
        customdata=[[row.full_name] * len(scenarios) for row in rows],
        hovertemplate="%{customdata}<br>%{text}<extra></extra>",
        hoverongaps=False,
        colorscale=[[0, theme.PALE_BLUE], [1, theme.ORANGE]],
        zmin=_CACHED,
        zmax=_RAN,
        showscale=False,
        xgap=3,
        ygap=3,
    )


def _colour(step: Instruction | None) -> int | None:
    if step is None or step.cached is None:
        return None
    return _CACHED if step.cached else _RAN


def _table(rows: Sequence[_Line], scenarios: Sequence[Scenario], small_print: Sequence[str]) -> Table:
    titles = [SCENARIO_TITLES[scenario] for scenario in scenarios]
    cells = [[one_line(row.full_name), *(map(_words, row.steps) if row.steps else [""] * len(titles))] for row in rows]
    return Table(["instruction", *titles], cells, small_print)
