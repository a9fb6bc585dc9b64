"""The cache map: whether each instruction ran or was cached in each scenario."""

from collections.abc import Mapping, Sequence

from helpers.charts import notes
from helpers.charts.chart import Chart
from helpers.charts.lines import short_name
from helpers.charts.matrix import Cell, Line, Shade, matrix
from helpers.core import units
from helpers.core.records import Build, Instruction, Scenario
from helpers.metrics.instructions import by_scenario, in_order
from helpers.metrics.values import SCENARIO_TITLES

Builds = Mapping[str, Build]  # by scenario

TITLE = "Cache map: which instructions ran, which were cached"
EXPLAINED = "seconds as reported by the engine · FROM is neither run nor cached"


def cache_map(forms: Mapping[str, Builds], lines: Sequence[str] = ()) -> Chart:
    """Instructions by scenario, for one Dockerfile or for several, each under its name."""
    scenarios = [scenario for scenario in Scenario if any(scenario in builds for builds in forms.values())]
    rows = [line for name, builds in forms.items() for line in _lines(name, builds, scenarios, len(forms) > 1)]
    titles = [SCENARIO_TITLES[scenario] for scenario in scenarios]
    return matrix(TITLE, titles, rows, [f"{EXPLAINED} · {notes.ONE_BUILD}", *lines], first="instruction")


def _lines(name: str, builds: Builds, scenarios: Sequence[Scenario], headed: bool) -> list[Line]:
    heading = [Line(name)] if headed else []
    known = by_scenario(builds)
    return heading + [
        Line(short_name(step), tuple(_cell(known[step.name].get(scenario)) for scenario in scenarios), step.name)
        for step in in_order(builds.values())
    ]


def _cell(step: Instruction | None) -> Cell:
    if step is None or step.cached is None:
        return Cell()
    return Cell("cached", Shade.MUTED) if step.cached else Cell(f"ran {units.seconds(step.seconds)} s", Shade.STRONG)
