"""A grid of words, a row a thing and a column a question: the form of the charts that compare and do not measure.

Every cell says what it means in words; the colour behind it only repeats it.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.show.chart import Chart
from helpers.show.figures import theme
from helpers.show.figures.frame import empty, framed
from helpers.show.figures.steps import row_axis
from helpers.show.table import Table
from helpers.show.units import ABSENT
from helpers.show.words import label, one_line

TITLE_WIDTH = 16  # characters of a column's title in one line


class Shade(Enum):
    """What the colour behind a cell repeats."""

    NONE = None
    CALM = 0  # cached, absent, better
    LOUD = 1  # ran, present, worse


@dataclass(frozen=True)
class Cell:
    """A word or two, and the shade that repeats them."""

    text: str = ABSENT
    shade: Shade = Shade.NONE


@dataclass(frozen=True)
class Line:
    """One row of the grid; without cells it is a heading."""

    name: str  # short, before the row
    cells: tuple[Cell, ...] = ()
    full_name: str = ""  # in the table and under the pointer; "" where it is the same


def matrix(
    title: str, columns: Sequence[str], lines: Sequence[Line], small_print: Sequence[str], first: str = ""
) -> Chart:
    """The grid as a figure, and the same as a table whose first column is called `first`."""
    cells = [[one_line(line.full_name or line.name), *_texts(line, columns)] for line in lines]
    return Chart(_figure(title, columns, lines, small_print), Table([first, *columns], cells, small_print))


def _texts(line: Line, columns: Sequence[str]) -> list[str]:
    return [cell.text for cell in line.cells] or [""] * len(columns)


def _figure(title: str, columns: Sequence[str], lines: Sequence[Line], small_print: Sequence[str]) -> go.Figure:
    if not lines:
        return empty(title)
    names = [line.name for line in lines]
    figure = go.Figure(_grid(columns, lines))
    figure.update_xaxes(side="top", tickvals=list(range(len(columns))), ticktext=_titles(columns), tickangle=0)
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(row_axis(names, [number for number, line in enumerate(lines) if not line.cells]))
    return framed(figure, title, names, small_print).update_layout(showlegend=False)


def _titles(columns: Sequence[str]) -> list[str]:
    """The columns' titles, long ones over several lines."""
    return ["<br>".join(textwrap.wrap(column, TITLE_WIDTH)) for column in columns]


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
        zmin=Shade.CALM.value,
        zmax=Shade.LOUD.value,
        showscale=False,
        xgap=3,
        ygap=3,
    )
