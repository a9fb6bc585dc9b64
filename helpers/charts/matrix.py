"""A grid of text cells, for charts that compare instead of measuring.

Every cell states its meaning as text; the background colour only repeats it.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.charts import theme
from helpers.charts.chart import Chart, Table
from helpers.charts.theme import empty, framed, row_axis
from helpers.core.printable import label, one_line
from helpers.core.units import ABSENT

TITLE_WIDTH, NARROW = 16, 10  # characters on one line of a column's title; with more than FEW columns
FEW = 4


class Shade(Enum):
    """The background colour of a cell."""

    NONE = None
    MUTED = 0  # cached, absent, better
    STRONG = 1  # ran, present, worse


@dataclass(frozen=True)
class Cell:
    """A short text and its shade."""

    text: str = ABSENT
    shade: Shade = Shade.NONE


@dataclass(frozen=True)
class Line:
    """One row of the grid, or a heading if it has no cells."""

    name: str  # short, used in the chart
    cells: tuple[Cell, ...] = ()
    full_name: str = ""  # used in the table and on hover; "" if it is the same


def matrix(
    title: str, columns: Sequence[str], lines: Sequence[Line], small_print: Sequence[str], first: str = ""
) -> Chart:
    """The grid as a figure and as a table. `first` is the header of the table's first column."""
    cells = [[one_line(line.full_name or line.name), *_texts(line, columns)] for line in lines]
    return Chart(_figure(title, columns, lines, small_print), Table([first, *columns], cells, small_print))


def _texts(line: Line, columns: Sequence[str]) -> list[str]:
    return [cell.text for cell in line.cells] or [""] * len(columns)


def _figure(title: str, columns: Sequence[str], lines: Sequence[Line], small_print: Sequence[str]) -> go.Figure:
    if not lines:
        return empty(title)
    names = [line.name for line in lines]
    figure = go.Figure(_grid(columns, lines))
    figure.update_xaxes(side="top", tickvals=list(range(len(columns))), ticktext=_titles(columns))
    size = theme.SMALL - 1 if len(columns) > FEW else theme.SIZE
    figure.update_xaxes(showgrid=False, zeroline=False, tickfont_size=size, autotickangles=[0, -90])
    figure.update_yaxes(row_axis(names, [number for number, line in enumerate(lines) if not line.cells]))
    return framed(figure, title, names, small_print).update_layout(showlegend=False)


def _titles(columns: Sequence[str]) -> list[str]:
    """The columns' titles, wrapped so that they stay apart where the page is narrow."""
    width = NARROW if len(columns) > FEW else TITLE_WIDTH
    return ["<br>".join(textwrap.wrap(column, width, break_long_words=False)) for column in columns]


def _grid(columns: Sequence[str], lines: Sequence[Line]) -> go.Heatmap:
    return go.Heatmap(
        x=list(range(len(columns))),
        y=list(range(len(lines))),
        z=[[cell.shade.value for cell in line.cells] or [None] * len(columns) for line in lines],
        text=[_texts(line, columns) for line in lines],
        texttemplate="%{text}",
        textfont={"color": theme.INK},
        customdata=[[label(line.full_name or line.name)] * len(columns) for line in lines],
        hovertemplate="%{customdata}<br>%{text}<extra></extra>",
        hoverongaps=False,
        colorscale=[[0, theme.PALE_BLUE], [1, theme.ORANGE]],
        zmin=Shade.MUTED.value,
        zmax=Shade.STRONG.value,
        showscale=False,
        xgap=3,
        ygap=3,
    )
