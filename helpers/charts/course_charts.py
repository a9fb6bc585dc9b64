"""The bar charts of the course: image size, build time, container start and stop, and an overview."""

from collections.abc import Sequence
from dataclasses import replace

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.charts import notes
from helpers.charts.bars import Panel, chart
from helpers.core import units
from helpers.core.records import Measurement, Scenario, SectionRecord
from helpers.metrics import values

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
    return chart("Image size", [SIZE], records, explained=explained, highlight=highlight, variants=variants)


def time_chart(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> go.Figure:
    """Build time by section in seconds, one panel per scenario, all on the same linear scale."""
    explained = ["seconds from the build request to the image, without pulling base images"]
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
    """Seconds from container start to the first 200, and from SIGTERM to exit, by section."""
    panels = [
        replace(FIRST_ANSWER, title="start → first 200, s (log)", logarithmic=True),
        Panel("SIGTERM → exit, s", values.ending, units.seconds, "s", remark=_shutdown, room=2.5),
    ]
    explained = [REQUESTS_MEAN]
    return chart(
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
    return chart("Overview", panels, records, explained=explained, highlight=highlight, variants=variants)


def _one_scale(figure: go.Figure) -> go.Figure:
    """Sets the same range on every panel so that bars are comparable across panels."""
    ends = [axis.range[1] for axis in figure.select_xaxes() if axis.range]
    return figure.update_xaxes(range=[0, max(ends)]) if ends else figure
