"""The cache map: whether each instruction ran or was cached in each scenario."""

from collections.abc import Mapping, Sequence

from helpers.charts import notes
from helpers.charts.chart import Chart
from helpers.charts.matrix import Cell, Line, Shade, matrix
from helpers.charts.steps import brief, instructions
from helpers.core import units
from helpers.core.records import Build, Instruction, Scenario
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
    return heading + [
        Line(brief(step), tuple(_cell(step.name, builds.get(scenario)) for scenario in scenarios), step.name)
        for step in instructions(builds.values())
    ]


def _cell(name: str, build: Build | None) -> Cell:
    step = next((step for step in build.instructions if step.name == name), None) if build else None
    return _outcome(step) if step else Cell()


def _outcome(step: Instruction) -> Cell:
    if step.cached is None:
        return Cell()
    return Cell("cached", Shade.MUTED) if step.cached else Cell(f"ran {units.seconds(step.seconds)} s", Shade.STRONG)
