"""What stands around the bars of a chart: title, legend, small print, and room for all of it."""

import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.show.figures import theme
from helpers.show.words import label

POINTER = "▶"  # before the name of the highlighted section
TOP_PIXELS = 100
ROW_PIXELS = 30
LEGEND_PIXELS = 26
LINE_PIXELS = 18
LETTER_PIXELS = 9.4  # of a row's name, bold
NOTE_WIDTH = 120  # characters


def framed(figure: go.Figure, title: str, labels: Sequence[str], lines: Sequence[str]) -> go.Figure:
    """Title, legend, notes under the bars, and a height at which every row can be read."""
    wrapped = folded(lines)
    left = 24 + LETTER_PIXELS * (max(map(len, labels)) + len(POINTER))
    rows_high = ROW_PIXELS * len(labels)
    legend_high = LEGEND_PIXELS * len({trace.name for trace in figure.data})
    below = 30 + legend_high + LINE_PIXELS * len(wrapped)
    return figure.update_layout(
        template=theme.TEMPLATE,
        title={"text": f"<b>{title}</b>"},
        height=TOP_PIXELS + rows_high + below,
        margin={"t": TOP_PIXELS, "b": below, "l": left, "r": 16, "autoexpand": False},
        barmode="overlay",
        legend={"y": -8 / rows_high},
        annotations=[note(wrapped, 10 - left, -18 - legend_high)],
    )


def folded(lines: Sequence[str]) -> list[str]:
    """The lines of small print, long ones over several."""
    return [piece for line in lines for piece in textwrap.wrap(line, NOTE_WIDTH)]


def note(lines: Sequence[str], right: float, up: float) -> dict[str, object]:
    """Small print under the rows, moved by that many pixels from their lower left corner."""
    corner = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top"}
    place = {**corner, "xshift": right, "yshift": up, "align": "left", "showarrow": False}
    return {**place, "text": "<br>".join(map(label, lines)), "font": {"size": theme.SMALL, "color": theme.GREY}}


def empty(title: str) -> go.Figure:
    """What stands where nothing was measured yet: the title alone."""
    figure = go.Figure(layout={"template": theme.TEMPLATE, "title": {"text": f"<b>{title}</b>: nothing measured yet"}})
    return figure.update_layout(height=TOP_PIXELS, xaxis_visible=False, yaxis_visible=False)
