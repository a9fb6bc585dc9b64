"""Two images compared: which files were added, removed or resized."""

from collections import Counter
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.charts import notes, theme
from helpers.charts.chart import Chart, Table
from helpers.charts.theme import empty, framed, row_axis
from helpers.core import units
from helpers.core.printable import one_line
from helpers.core.records.image import Changes

LISTED = 15  # files in the table
FOLDERS = 12  # rows of the figure
DEPTH = 3  # path levels in a row's name
SHRUNK, GREW = "removed or smaller", "added or larger"
_PATTERNS: Mapping[str, dict[str, object]] = {
    SHRUNK: {"color": theme.PALE_BLUE, "pattern": {"shape": "/", "fgcolor": theme.BLUE, "bgcolor": theme.PALE_BLUE}},
    GREW: {"color": theme.ORANGE},
}


def compared(changes: Changes, lines: Sequence[str] = ()) -> Chart:
    """Size differences by folder as bars, decreases to the left, and the files with the largest ones as a table."""
    small_print = [_totals(changes), f"by folder: the {len(changes.files)} largest changes", notes.MEGABYTES, *lines]
    return Chart(_figure(changes, small_print), _table(changes, small_print))


def _totals(changes: Changes) -> str:
    totals = {"added": changes.added, "removed": changes.removed, "resized": changes.resized}
    return "files " + " · ".join(f"{kind}: {count:,} ({_signed(size)} MB)" for kind, (count, size) in totals.items())


def _figure(changes: Changes, small_print: Sequence[str]) -> go.Figure:
    title = f"From {changes.before} to {changes.after}"
    rows = _folders(changes)
    if not rows:
        return empty(title)
    figure = go.Figure([_bars(kind, rows) for kind in _PATTERNS])
    figure.update_xaxes(side="top", title={"text": "MB", "standoff": 6}, range=_range([size for _, size in rows]))
    figure.update_yaxes(row_axis([name for name, _ in rows]))
    return framed(figure, title, [name for name, _ in rows], small_print)


def _folders(changes: Changes) -> list[tuple[str, int]]:
    """The folders with the largest differences, in bytes."""
    folders: Counter[str] = Counter()
    for change in changes.files:
        folders["/".join(change.path.split("/")[: DEPTH + 1])] += change.difference
    return sorted(folders.items(), key=lambda item: -abs(item[1]))[:FOLDERS]


def _bars(kind: str, rows: Sequence[tuple[str, int]]) -> go.Bar:
    own = [(number, size) for number, (_, size) in enumerate(rows) if (size < 0) == (kind == SHRUNK)]
    return go.Bar(
        name=kind,
        orientation="h",
        y=[number for number, _ in own],
        x=[units.in_megabytes(size) for _, size in own],
        text=[_signed(size) for _, size in own],
        hovertemplate="%{text} MB<extra></extra>",
        marker={**_PATTERNS[kind], "line": {"color": theme.INK, "width": 0.8}},
    )


def _range(sizes: Sequence[int]) -> list[float]:
    low, high = units.in_megabytes(min(0, *sizes)), units.in_megabytes(max(0, *sizes))
    room = 0.15 * (high - low)
    return [low - room, high + room]


def _signed(size: int) -> str:
    return f"{'-' if size < 0 else '+'}{units.megabytes(abs(units.in_megabytes(size)))}"


def _table(changes: Changes, small_print: Sequence[str]) -> Table:
    cells = [[one_line(change.path), _size(change.before), _size(change.after)] for change in changes.files[:LISTED]]
    return Table(["file", f"{changes.before} MB", f"{changes.after} MB"], cells, small_print)


def _size(size: int | None) -> str:
    return units.megabytes(None if size is None else units.in_megabytes(size))
