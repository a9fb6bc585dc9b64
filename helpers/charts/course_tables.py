"""Tables of the charts' data, one row per section. A dash marks a value that was not measured."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from helpers.charts import notes
from helpers.charts.chart import Table
from helpers.core import units
from helpers.core.records import Measurement, Scenario, SectionRecord
from helpers.metrics import values
from helpers.metrics.values import Row, Value, measured, picks, rows


class Column(NamedTuple):
    """One column: a value of a measurement, its text, and a remark after it."""

    value: Value
    text: Callable[[float | None], str]
    remark: Callable[[Measurement], str] = lambda measurement: ""


Columns = Mapping[str, Column]


def _built(scenario: Scenario) -> Column:
    return Column(values.build_time(scenario), units.seconds, values.spread(scenario))


SIZES: Columns = {"MB": Column(values.size, units.megabytes)}
TIMES: Columns = {f"{title} s": _built(scenario) for scenario, title in values.SCENARIO_TITLES.items()}
STARTS: Columns = {"first 200 s": Column(values.first_answer, units.seconds)}
_REQUESTS: Mapping[float | None, str] = {None: units.ABSENT, True: "finished", False: "dropped"}
LIVES: Columns = {
    **STARTS,
    "SIGTERM to exit s": Column(values.ending, units.seconds),
    "request in flight": Column(values.request_finished, lambda finished: _REQUESTS[finished]),
    "exit code": Column(values.exit_code, lambda code: units.ABSENT if code is None else f"{code:.0f}"),
}
SUMMARY: Columns = {
    **SIZES,
    "cold s": _built(Scenario.COLD),
    "source-edit s": _built(Scenario.SOURCE_EDIT),
    **STARTS,
}


def size_table(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> Table:
    """Image size by section in MB."""
    return _table(records, SIZES, [notes.MEGABYTES], highlight, variants)


def time_table(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> Table:
    """Build time in seconds by section and scenario."""
    return _table(records, TIMES, [], highlight, variants)


def life_table(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> Table:
    """Seconds from container start to the first 200, and from SIGTERM to exit, by section."""
    return _table(records, LIVES, [], highlight, variants)


def summary_table(records: Sequence[SectionRecord], statuses: Mapping[str, str] | None = None) -> Table:
    """The main values of every section and its status: "passed", "replayed", "failed" or, if it wasn't run, a dash.

    A status in `statuses` overrides that of the section's checks. A section with a status and no record has a row too.
    """
    stated = {record.section: _status(record) for record in sorted(records, key=lambda record: not record.baseline)}
    stated |= dict(statuses or {})
    known = {row.section: row for row in rows(records)}
    found = [known.get(section, Row(section, "", ())) for section in sorted(stated)]
    cells = [[row.section, *_figures(row, SUMMARY), stated[row.section]] for row in found]
    return Table(["section", *SUMMARY, "status"], cells, _notes(found, SUMMARY, [notes.MEGABYTES]))


def _table(
    records: Sequence[SectionRecord], columns: Columns, lines: Sequence[str], highlight: str, variants: bool
) -> Table:
    found = measured(rows(records, highlight, variants), [column.value for column in columns.values()])
    kept = {name: column for name, column in columns.items() if any(row.pick(column.value) for row in found)}
    cells = [[row.label, *_figures(row, kept)] for row in found]
    return Table(["section", *kept], cells, _notes(found, kept, lines))


def _figures(row: Row, columns: Columns) -> list[str]:
    """The row's values as text; values of the baseline carry its mark."""
    return [_figure(row, column) for column in columns.values()]


def _figure(row: Row, column: Column) -> str:
    pick = row.pick(column.value)
    if pick is None:
        return column.text(None)
    figure = f"{column.text(pick.figure)}{column.remark(pick.measurement)}"
    return f"{notes.BASELINE_MARK} {figure}" if pick.record.baseline else figure


def _notes(lines: Sequence[Row], columns: Columns, explained: Sequence[str]) -> list[str]:
    used = picks(lines, [column.value for column in columns.values()])
    mark = [notes.BASELINE_MARK_MEANS] if any(pick.record.baseline for pick in used) else []
    counted = notes.counted(pick.measurement for pick in used)
    return [*explained, counted, *mark, *notes.provenance([pick.record for pick in used])]


def _status(record: SectionRecord) -> str:
    if record.baseline or not record.checks:
        return units.ABSENT
    if any(check.failed for check in record.checks):
        return "failed"
    return "replayed" if record.recorded else "passed"
