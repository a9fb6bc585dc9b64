"""The timeline draws each step at its start time with its duration, and marks the critical path."""

import pytest

from helpers.charts.chart import Chart
from helpers.charts.timeline import CRITICAL, timeline
from helpers.core.records import Build, Instruction
from tests.charts.builds import COLD, SOURCE_EDIT


def bars(chart: Chart) -> dict[str, tuple[float, float]]:
    """Start and length of each bar by the step's full name."""
    return {
        name: (base, length)
        for trace in chart.figure.data
        for name, base, length in zip(trace.customdata, trace.base, trace.x, strict=True)
    }


def test_bars_are_at_the_engines_times() -> None:
    drawn = bars(timeline({"cold": COLD}))
    assert drawn["[build 3/3] RUN --mount=type=cache,target=/go go build"] == (0.5, 8.5)
    assert drawn["[certs 2/2] RUN update-ca-certificates"] == (0.0, 3.0), "beside the other stage"
    assert drawn["exporting to image"] == (9.5, 0.5)
    assert len(drawn) == 7


def test_kinds_differ_by_hatching_and_name() -> None:
    looks = {trace.name: trace.marker.pattern.shape for trace in timeline({"edit": SOURCE_EDIT}).figure.data}
    assert looks == {"ran": None, "cached": "/", "engine step": "."}


def test_the_critical_path_is_marked_by_sign_and_outline() -> None:
    figure = timeline({"cold": COLD}).figure
    marked = {
        name: width
        for trace in figure.data
        for name, text, width in zip(trace.customdata, trace.text, trace.marker.line.width, strict=True)
        if CRITICAL in text
    }
    assert set(marked) == {
        "[internal] load build context",
        "[build 2/3] COPY . .",
        "[build 3/3] RUN --mount=type=cache,target=/go go build",
        "[stage-2 1/1] COPY --from=build /api /api",
        "exporting to image",
    }
    assert min(marked.values()) > 2


def test_two_builds_share_one_scale() -> None:
    figure = timeline({"03, cold": COLD, "09, source edited": SOURCE_EDIT}).figure
    names = figure.layout.yaxis.ticktext
    assert (names[0], names[8]) == ("<b>03, cold</b>", "<b>09, source edited</b>")
    low, high = figure.layout.xaxis.range
    assert low == 0 and high > 10.0


def test_the_table_has_the_same_data_and_the_totals() -> None:
    table = timeline({"cold": COLD}).table
    (compile_line,) = (line for line in table.splitlines() if "go build" in line)
    assert compile_line.split()[-4:] == ["0.50", "8.5", "ran", CRITICAL]
    assert "cold: 10.2 s in total (wall clock), critical path 10.0 s including 0.00 s of gaps between steps" in table


@pytest.mark.parametrize("steps", [(), (Instruction("[1/1] RUN true", "run"),)])
def test_without_times_the_title_says_so(steps: tuple[Instruction, ...]) -> None:
    assert "nothing measured yet" in timeline({"cold": Build("cold", 1.0, "", steps)}).figure.layout.title.text
