"""The results as text: a line for each, and a table of all."""

from collections.abc import Sequence

from benchmarks.result import Result
from helpers.charts.chart import Table
from helpers.core.units import ABSENT, megabytes, seconds

_HEADERS = ["benchmark", "ours", "theirs", "compared with", "ratio", "min–max", "limit", "met", "n"]
_VERDICTS = {True: "yes", False: "NO", None: ABSENT}
_NOTE = "Medians. ratio: ours / theirs. min–max: of the ratios of single pairs, or of ours without a comparison."


def table(results: Sequence[Result]) -> Table:
    """A row for each result; notes below explain what was not measured."""
    missing = [f"{each.title}: not measured: {each.missing}" for each in results if each.missing]
    return Table(_HEADERS, [_row(each) for each in results], [_NOTE, *missing])


def line(result: Result) -> str:
    """One result as a sentence: "build, unchanged: 0.05 s, docker build 0.21 s, ratio 0.238 (limit 1.02: yes)"."""
    if result.missing:
        return f"{result.title}: not measured: {result.missing}"
    ours, theirs = result.medians
    parts = [f"{result.title}: {_amount(ours, result.unit)}"]
    if result.against:
        parts += [f"{result.against} {_amount(theirs, result.unit)}", f"ratio {_number(result.ratio)}"]
    limit = f" (limit {_limit(result)}: {_VERDICTS[result.limit_met]})" if result.limit is not None else ""
    return ", ".join(parts) + limit


def _row(result: Result) -> list[str]:
    ours, theirs = result.medians
    return [
        result.title,
        _amount(ours, result.unit),
        _amount(theirs, result.unit),
        result.against or ABSENT,
        _number(result.ratio),
        _spread(result),
        _limit(result),
        _VERDICTS[result.limit_met],
        str(len(result.ours)),
    ]


def _spread(result: Result) -> str:
    if result.spread is None:
        return ABSENT
    return "–".join(_number(end) if result.against else _figure(end, result.unit) for end in result.spread)


def _limit(result: Result) -> str:
    if result.limit is None:
        return ABSENT
    return f"{result.limit:.2f}" if result.against else _amount(result.limit, result.unit)


def _amount(value: float | None, unit: str) -> str:
    return ABSENT if value is None else f"{_figure(value, unit)} {unit}"


def _figure(value: float, unit: str) -> str:
    return megabytes(value) if unit == "MB" else seconds(value)


def _number(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.3f}"
