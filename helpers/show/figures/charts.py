"""The charts of the course: image size, build time, time to the first answer, and all of them side by side."""

from collections.abc import Sequence
from dataclasses import replace

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.records import Measurement, Scenario, SectionRecord
from helpers.show import notes, units, values
from helpers.show.figures.bars import Panel, chart

SIZE = Panel("MB, logarithmic scale", values.size, units.megabytes, "MB", logarithmic=True)
TIMES = {
    scenario: Panel(title, values.build_time(scenario), units.seconds, "s", remark=values.spread(scenario))
    for scenario, title in values.SCENARIO_TITLES.items()
}
FIRST_ANSWER = Panel("start to first 200, s", values.first_answer, units.seconds, "s")
FATES = {True: "✓", False: "✗", None: units.ABSENT}
FATES_MEAN = "after SIGTERM: ✓ the request in flight was finished, ✗ it was dropped; then the exit code"


def size_chart(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> go.Figure:
    """Image size by section in MB, on a logarithmic scale."""
    explained = [notes.MEGABYTES]
    return chart("Image size", [SIZE], records, explained=explained, highlight=highlight, variants=variants)


def time_chart(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> go.Figure:
    """Build time by section in seconds, a panel for each scenario, all on one linear scale."""
    explained = ["seconds from the request to the image; pulling base images is not in them"]
    figure = chart(
        "Build time, seconds",
        list(TIMES.values()),
        records,
        explained=explained,
        highlight=highlight,
        variants=variants,
    )
    return _one_scale(figure)


def life_chart(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> go.Figure:
    """The life of a container: from its start to the first good answer, and from SIGTERM to its exit, by section."""
    panels = [
        replace(FIRST_ANSWER, title="start → first 200, s (log)", logarithmic=True),
        Panel("SIGTERM → exit, s", values.ending, units.seconds, "s", remark=_fate, room=2.5),
    ]
    explained = [FATES_MEAN]
    return chart(
        "The life of a container", panels, records, explained=explained, highlight=highlight, variants=variants
    )


def _fate(measurement: Measurement) -> str:
    shutdown = measurement.run.shutdown if measurement.run else None
    return f" {FATES[shutdown.request_finished]} exit {shutdown.exit_code}" if shutdown else ""


def overview_chart(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> go.Figure:
    """What the course set out to move, side by side: size, cold build, rebuild after an edit, first answer."""
    titles = {
        "image, MB (log)": SIZE,
        "cold build, s": TIMES[Scenario.COLD],
        "source edited, s": TIMES[Scenario.SOURCE_EDIT],
        "first 200, s": FIRST_ANSWER,
    }
    panels = [replace(panel, title=title) for title, panel in titles.items()]
    explained = [notes.MEGABYTES]
    return chart("The course at a glance", panels, records, explained=explained, highlight=highlight, variants=variants)


def _one_scale(figure: go.Figure) -> go.Figure:
    """The same range on every panel, so that bars can be compared across them."""
    ends = [axis.range[1] for axis in figure.select_xaxes() if axis.range]
    return figure.update_xaxes(range=[0, max(ends)]) if ends else figure
