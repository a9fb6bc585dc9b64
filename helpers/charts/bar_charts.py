"""The bar charts of the course: image size, build time, container start and stop, and an overview.

Each chart has one or more panels of horizontal bars that share their rows. Hatching and the legend show where a value
was measured; a pointer and an outline mark the highlighted section. Colour alone never carries information.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import plotly.graph_objects as go  # type: ignore[import-untyped]
from plotly.subplots import make_subplots  # type: ignore[import-untyped]

from helpers.charts import notes, theme
from helpers.charts.theme import POINTER, empty, framed
from helpers.core import units
from helpers.core.records import Measurement, Scenario, SectionRecord
from helpers.metrics import values
from helpers.metrics.values import Row, Value, measured, picks, rows

MANY_DECADES = 4  # from this many on, a logarithmic axis has room only for powers of ten


@dataclass(frozen=True)
class Panel:
    """One column of bars: a value of a measurement, its unit and its scale."""

    title: str
    value: Value
    text: Callable[[float | None], str]
    unit: str
    logarithmic: bool = False
    remark: Callable[[Measurement], str] = lambda measurement: ""  # text after the value
    room: float = 1.0  # space after the bars, as a multiple of what a plain value needs


SIZE = Panel("MB, logarithmic scale", values.size, units.megabytes, "MB", logarithmic=True)
TIMES = {
    scenario: Panel(title, values.build_time(scenario), units.seconds, "s", remark=values.spread(scenario))
    for scenario, title in values.SCENARIO_TITLES.items()
}
FIRST_ANSWER = Panel("start to first 200, s", values.first_answer, units.seconds, "s")
REQUESTS = {True: "✓", False: "✗", None: units.ABSENT}
REQUESTS_MEAN = "after SIGTERM: ✓ request in flight finished, ✗ dropped; then the exit code"


def size_chart(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> go.Figure:
    """Image size by section in MB, on a logarithmic scale."""
    explained = [notes.MEGABYTES]
    return _chart("Image size", [SIZE], records, explained=explained, highlight=highlight, variants=variants)


def time_chart(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> go.Figure:
    """Build time by section in seconds, one panel per scenario, all on the same linear scale."""
    explained = ["seconds from the build request to the image, without pulling base images"]
    figure = _chart(
        "Build time, seconds",
        list(TIMES.values()),
        records,
        explained=explained,
        highlight=highlight,
        variants=variants,
    )
    return _one_scale(figure)


def life_chart(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> go.Figure:
    """Seconds from container start to the first 200, and from SIGTERM to exit, by section."""
    panels = [
        replace(FIRST_ANSWER, title="start → first 200, s (log)", logarithmic=True),
        Panel("SIGTERM → exit, s", values.ending, units.seconds, "s", remark=_shutdown, room=2.5),
    ]
    explained = [REQUESTS_MEAN]
    return _chart(
        "Container start and stop", panels, records, explained=explained, highlight=highlight, variants=variants
    )


def _shutdown(measurement: Measurement) -> str:
    shutdown = measurement.run.shutdown if measurement.run else None
    return f" {REQUESTS[shutdown.request_finished]} exit {shutdown.exit_code}" if shutdown else ""


def overview_chart(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> go.Figure:
    """What the course improves, side by side: size, cold build, rebuild after an edit, time to the first 200."""
    titles = {
        "image, MB (log)": SIZE,
        "cold build, s": TIMES[Scenario.COLD],
        "source edited, s": TIMES[Scenario.SOURCE_EDIT],
        "first 200, s": FIRST_ANSWER,
    }
    panels = [replace(panel, title=title) for title, panel in titles.items()]
    explained = [notes.MEGABYTES]
    return _chart("Overview", panels, records, explained=explained, highlight=highlight, variants=variants)


def ends_chart(records: Sequence[SectionRecord]) -> go.Figure:
    """Image size in MB and seconds to the first 200 of a few sections, both on linear scales."""
    panels = [replace(SIZE, title="image, MB", logarithmic=False), FIRST_ANSWER]
    return _chart("Image size and start", panels, records, explained=[notes.MEGABYTES])


def _one_scale(figure: go.Figure) -> go.Figure:
    """Sets the same range on every panel so that bars are comparable across panels."""
    ends = [axis.range[1] for axis in figure.select_xaxes() if axis.range]
    return figure.update_xaxes(range=[0, max(ends)]) if ends else figure


@dataclass(frozen=True)
class _Bar:
    row: Row
    value: float
    record: SectionRecord
    remark: str

    @property
    def kind(self) -> tuple[str, bool]:
        """The bar's legend entry: where it was measured, and whether it is a variant."""
        return notes.legend(self.record), bool(self.row.variant)


def _chart(
    title: str,
    panels: Sequence[Panel],
    records: Sequence[SectionRecord],
    *,
    explained: Sequence[str] = (),
    highlight: str = "",
    variants: bool = False,
) -> go.Figure:
    """The panels side by side, with a row for each section that has a value. Panels without values are left out.

    The variants of the highlighted section have rows too, or those of all sections with `variants`.
    """
    values = [panel.value for panel in panels]
    lines = measured(rows(records, highlight, variants), values)
    shown = [panel for panel in panels if any(row.pick(panel.value) for row in lines)]
    if not shown:
        return empty(title)
    figure = make_subplots(cols=len(shown), shared_yaxes=True, horizontal_spacing=0.025)
    for column, panel in enumerate(shown, start=1):
        bars = list(_bars(lines, panel))
        figure.add_traces([_trace(panel, kind, bars, highlight) for kind in _kinds(bars)], cols=column, rows=1)
        figure.update_xaxes(_axis(panel, [bar.value for bar in bars], len(shown)), col=column)
    _remove_duplicate_legend_entries(figure)
    figure.update_yaxes(_row_axis(lines, highlight), col=1)
    figure.update_yaxes(autorange="reversed")
    used = picks(lines, values)
    counted = notes.counted(pick.measurement for pick in used)
    small_print = [*explained, counted, *notes.provenance([pick.record for pick in used])]
    return framed(figure, title, [row.label for row in lines], small_print)


def _bars(lines: Sequence[Row], panel: Panel) -> Iterator[_Bar]:
    for row in lines:
        if pick := row.pick(panel.value):
            yield _Bar(row, pick.figure, pick.record, panel.remark(pick.measurement))


def _kinds(bars: Sequence[_Bar]) -> list[tuple[str, bool]]:
    return sorted({bar.kind for bar in bars}, key=lambda kind: (kind[0].startswith("baseline"), kind[1]))


def _trace(panel: Panel, kind: tuple[str, bool], bars: Sequence[_Bar], highlight: str) -> go.Bar:
    of_kind = [bar for bar in bars if bar.kind == kind]
    source, variant = kind
    name = f"{source}: variant" if variant else source
    return go.Bar(
        name=name,
        orientation="h",
        y=[bar.row.label for bar in of_kind],
        x=[bar.value for bar in of_kind],
        text=[f"{panel.text(bar.value)}{bar.remark}" for bar in of_kind],
        hovertemplate=f"%{{y}}<br>{panel.title}: %{{text}} {panel.unit}",
        marker=_marker(of_kind[0].record.baseline, variant, [bar.row.section == highlight for bar in of_kind]),
    )


def _marker(baseline: bool, variant: bool, highlighted: Sequence[bool]) -> dict[str, object]:
    colour, pale = (theme.ORANGE, theme.PALE_ORANGE) if variant else (theme.BLUE, theme.PALE_BLUE)
    shape = {(False, False): "", (False, True): ".", (True, False): "/", (True, True): "x"}[baseline, variant]
    pattern = {"shape": shape, "fgcolor": colour if baseline else theme.INK, "bgcolor": pale if baseline else colour}
    widths: float | list[float] = [3 if yes else 1 for yes in highlighted] if any(highlighted) else 1
    inks: str | list[str] = [theme.INK if yes else colour for yes in highlighted] if any(highlighted) else colour
    return {
        "color": colour,
        "line": {"color": inks, "width": widths},
        **({"pattern": pattern} if shape else {}),
    }


def _axis(panel: Panel, values: Sequence[float], panels: int) -> dict[str, object]:
    """The axis, with space for the labels after the bars."""
    font = {"size": theme.SIZE - (panels > 1)}
    heading = {"title": {"text": panel.title, "standoff": 6, "font": font}, "side": "top"}
    if panel.logarithmic:
        return heading | _logarithmic([value for value in values if value > 0] or [1], panels)
    labels = (0.08 + 0.09 * panels) * panel.room
    return {**heading, "range": [0, max(values) * (1 + labels) or 1], "nticks": 3 + 6 // panels}


def _logarithmic(values: Sequence[float], panels: int) -> dict[str, object]:
    """A logarithmic axis on which the shortest bar is visible, with ticks at 1, 2, 5, 10 if there is room."""
    low, high = math.log10(min(values) / 2), math.log10(max(values) * (1.2 + 0.8 * panels))
    steps = (1, 2, 5) if panels == 1 and high - low < MANY_DECADES else (1,)
    ticks = [step * 10.0**power for power in range(math.floor(low), math.ceil(high)) for step in steps]
    return {
        "type": "log",
        "range": [low, high],
        "tickvals": [tick for tick in ticks if low <= math.log10(tick) <= high],
    }


def _row_axis(lines: Sequence[Row], highlight: str) -> dict[str, object]:
    """The row axis in order; names of the highlighted section are bold, with a pointer."""
    labels = [row.label for row in lines]
    names = [f"<b>{POINTER} {row.label}</b>" if row.section == highlight else row.label for row in lines]
    axis: dict[str, object] = {"categoryorder": "array", "categoryarray": labels}
    return axis | ({"tickvals": labels, "ticktext": names} if names != labels else {})


def _remove_duplicate_legend_entries(figure: go.Figure) -> None:
    seen: set[str] = set()
    for trace in figure.data:
        if trace.name in seen:
            trace.showlegend = False
        seen.add(trace.name)
