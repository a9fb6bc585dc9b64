"""The look of the charts: a small Plotly template with large type, readable without colour.

Colours: Okabe and Ito, "Color Universal Design", https://jfly.uni-koeln.de/color/.
"""

import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.charts.rich import Note
from helpers.core.printable import label

INK = "#1b1b1b"
GREY = "#5a5a5a"
GRID = "#dcdcdc"
PAPER = "#ffffff"
BLUE = "#0072b2"
ORANGE = "#e69f00"
VERMILION = "#d55e00"
PALE_BLUE = "#d6e8f3"
PALE_ORANGE = "#fbe6c3"

FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
SIZE = 15
SMALL = 13

TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": SIZE, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "title": {"font": {"size": 21}, "x": 0.01, "xanchor": "left", "y": 0.98, "yanchor": "top"},
        "xaxis": {"gridcolor": GRID, "zerolinecolor": GREY},
        "yaxis": {"ticklabelstandoff": 6},
        "hoverlabel": {"bgcolor": PAPER, "font": {"color": INK, "size": SIZE}},
        "legend": {"xref": "container", "x": 0.005, "xanchor": "left", "yanchor": "top"},
        "showlegend": True,
        "bargap": 0.28,
    },
    data={
        "bar": [
            {
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"pattern": {"size": 7, "solidity": 0.25}},
            }
        ]
    },
)


POINTER = "▶"  # before the name of the highlighted section
TOP_PIXELS = 100
ROW_PIXELS = 30
LEGEND_PIXELS = 26
LINE_PIXELS = 18
LETTER_PIXELS = 9.4  # width of a letter in a bold row name
NOTE_WIDTH = 90  # characters


def framed(figure: go.Figure, title: str, labels: Sequence[str], lines: Sequence[str]) -> go.Figure:
    """The figure with title, legend and small print, and a height at which every row is readable."""
    wrapped_lines = wrapped(lines)
    full = [line.full for line in lines if isinstance(line, Note)]
    left = 24 + LETTER_PIXELS * (max(map(len, labels)) + len(POINTER))
    rows_high = ROW_PIXELS * len(labels)
    legend_high = LEGEND_PIXELS * len({trace.name for trace in figure.data})
    below = 30 + legend_high + LINE_PIXELS * len(wrapped_lines)
    return figure.update_layout(
        template=TEMPLATE,
        title={"text": f"<b>{title}</b>"},
        height=TOP_PIXELS + rows_high + below,
        margin={"t": TOP_PIXELS, "b": below, "l": left, "r": 16, "autoexpand": False},
        barmode="overlay",
        legend={"y": -8 / rows_high},
        annotations=[note(wrapped_lines, 10 - left, -18 - legend_high) | _tooltip(full)],
    )


def _tooltip(texts: Sequence[str]) -> dict[str, object]:
    return {"hovertext": "<br>".join(label(line) for text in texts for line in text.split("\n"))} if texts else {}


def wrapped(lines: Sequence[str]) -> list[str]:
    """The lines of small print, wrapped at NOTE_WIDTH characters."""
    return [piece for line in lines for piece in textwrap.wrap(line, NOTE_WIDTH)]


def note(lines: Sequence[str], right: float, up: float) -> dict[str, object]:
    """Small print below the plot, offset by that many pixels from its lower left corner."""
    corner = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top"}
    position = {**corner, "xshift": right, "yshift": up, "align": "left", "showarrow": False}
    return {**position, "text": "<br>".join(map(label, lines)), "font": {"size": SMALL, "color": GREY}}


def row_axis(names: Sequence[str], headings: Sequence[int] = ()) -> dict[str, object]:
    """A top-down row axis, keyed by number because two rows may have the same name. Headings are bold."""
    texts = [f"<b>{label(name)}</b>" if row in headings else label(name) for row, name in enumerate(names)]
    return {
        "tickvals": list(range(len(names))),
        "ticktext": texts,
        "range": [len(names) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
    }


def empty(title: str) -> go.Figure:
    """A figure with only a title, for a chart without data."""
    figure = go.Figure(layout={"template": TEMPLATE, "title": {"text": f"<b>{title}</b>: nothing measured yet"}})
    return figure.update_layout(height=TOP_PIXELS, xaxis_visible=False, yaxis_visible=False)
