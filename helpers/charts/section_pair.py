"""Two sections compared value by value: as a table, or as a widget that lets you choose the sections."""

from collections.abc import Callable, Mapping, Sequence

import ipywidgets  # type: ignore[import-untyped]

from helpers.charts import notes
from helpers.charts.chart import Table
from helpers.core import units
from helpers.core.records import SectionRecord
from helpers.metrics import values
from helpers.metrics.attack_surface import CATEGORIES, categories_found
from helpers.metrics.values import Pick, Row, Value, rows

SAME = 1.005  # a smaller factor is shown as "="


_FIGURES: Mapping[str, tuple[Value, Callable[[float | None], str]]] = {
    "image, MB": (values.size, units.megabytes),
    **{
        f"build, {title}, s": (values.build_time(scenario), units.seconds)
        for scenario, title in values.SCENARIO_TITLES.items()
    },
    "start to first 200, s": (values.first_answer, units.seconds),
    "SIGTERM to exit, s": (values.ending, units.seconds),
    "memory, MB": (values.memory, units.megabytes),
    f"attack surface, of {CATEGORIES}": (
        categories_found,
        lambda count: units.ABSENT if count is None else f"{count:.0f}",
    ),
}


def pair_table(records: Sequence[SectionRecord], first: str, second: str) -> Table:
    """Every value of both sections, and the factor from the first to the second."""
    known = {row.section: row for row in rows(records)}
    left, right = (known.get(name, Row(name, "", ())) for name in (first, second))
    picks = [pick for value, _ in _FIGURES.values() for row in (left, right) if (pick := row.pick(value))]
    cells = [[name, *_cells(value, text, left, right)] for name, (value, text) in _FIGURES.items()]
    mark = [notes.BASELINE_MARK_MEANS] if any(pick.record.baseline for pick in picks) else []
    counted = notes.counted(pick.measurement for pick in picks)
    lines = [notes.MEGABYTES, counted, *mark, *notes.provenance([pick.record for pick in picks])]
    return Table(["", first, second, "factor"], cells, lines)


def _cells(value: Value, text: Callable[[float | None], str], left: Row, right: Row) -> list[str]:
    before, now = left.pick(value), right.pick(value)
    factor = values.factor(before.figure, now.figure) if before and now else None
    return [*(_marked(text, pick) for pick in (before, now)), _factor(factor)]


def _marked(text: Callable[[float | None], str], pick: Pick | None) -> str:
    if pick is None:
        return text(None)
    return f"{notes.BASELINE_MARK} {text(pick.figure)}" if pick.record.baseline else text(pick.figure)


def _factor(factor: float | None) -> str:
    if factor is None:
        return units.ABSENT
    if 1 / SAME < factor < SAME:
        return "="
    return f"× {factor:,.1f}" if factor > 1 else f"÷ {1 / factor:,.1f}"


def choice(records: Sequence[SectionRecord], first: str, second: str) -> ipywidgets.VBox:
    """A widget with two lists to choose sections from and the table of the chosen pair."""
    names = sorted({record.section for record in records if rows([record])[0].pick(values.size)})
    left, right = (
        ipywidgets.Dropdown(options=names, value=name, description=title)
        for title, name in (("first", first), ("second", second))
    )
    shown = ipywidgets.HTML(pair_table(records, first, second).html)

    def draw(_: object) -> None:
        shown.value = pair_table(records, left.value, right.value).html

    for each in (left, right):
        each.observe(draw, names="value")
    return ipywidgets.VBox([ipywidgets.HBox([left, right]), shown])
