"""What was found, in words: a line as each is measured, a table of all at the end."""

from collections.abc import Sequence

from benchmarks.result import Result
from helpers.show.table import Table
from helpers.show.units import ABSENT, megabytes, seconds

_HEADERS = ["what", "ours", "theirs", "whose", "ratio", "min–max", "limit", "holds", "n"]
_VERDICTS = {True: "yes", False: "NO", None: ABSENT}
_NOTE = "Medians. The ratio is ours by theirs, min–max that of single pairs; with nothing beside ours, of ours alone."


def table(results: Sequence[Result]) -> Table:
    """Every result in a row, and under the table why some were not measured."""
    missing = [f"{each.title}: not measured: {each.missing}" for each in results if each.missing]
    return Table(_HEADERS, [_row(each) for each in results], [_NOTE, *missing])


def line(result: Result) -> str:
    """One result as a sentence: "build, unchanged: 0.05 s, docker build 0.21 s, ratio 0.238 (limit 1.02: yes)"."""
    if result.missing:
        return f"{result.title}: not measured: {result.missing}"
    ours, theirs = result.medians
    said = [f"{result.title}: {_amount(ours, result.unit)}"]
    if result.against:
        said += [f"{result.against} {_amount(theirs, result.unit)}", f"ratio {_number(result.ratio)}"]
    limit = f" (limit {_limit(result)}: {_VERDICTS[result.holds]})" if result.limit is not None else ""
    return ", ".join(said) + limit


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
        _VERDICTS[result.holds],
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
