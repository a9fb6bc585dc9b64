"""A table as a string, with an HTML version."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go  # type: ignore[import-untyped]
from IPython.display import display
from tabulate import tabulate

from helpers.core.printable import printable


class Table(str):
    """A table as plain text; `html` is the same table as HTML."""

    html: str

    def __new__(
        cls, headers: Sequence[str], cells: Sequence[Sequence[str]], lines: Sequence[str] = (), numbers: bool = True
    ) -> "Table":
        """Headers, cells and lines of notes, all safe to print. `numbers` right-aligns all columns but the first."""
        cells = [[printable(cell) for cell in row] for row in cells]
        lines = [printable(line) for line in lines]
        sides = ["left", *["right" if numbers else "left"] * (len(headers) - 1)] if cells else None
        text = tabulate(cells, headers, tablefmt="simple", colalign=sides, disable_numparse=True)
        table = super().__new__(cls, "\n".join([text, "", *lines] if lines else [text]))
        body = tabulate(cells, headers, tablefmt="html", colalign=sides, disable_numparse=True)
        small = "<br>".join(html.escape(line) for line in lines)
        table.html = f"{_left_aligned(body)}<p><small>{small}</small></p>" if lines else _left_aligned(body)
        return table

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self.html


def _left_aligned(body: str) -> str:
    """The HTML with explicit left alignment: notebooks right-align cells that have none."""
    left = 'style="text-align: left;"'
    return body.replace("<th>", f"<th {left}>").replace("<td>", f"<td {left}>")


PLOTLY = "application/vnd.plotly.v1+json"
FALLBACK = "(A browser shows a chart here. The table below has the same data.)"


@dataclass(frozen=True, repr=False)
class Chart:
    """A figure and a table of the same data."""

    figure: go.Figure
    table: Table

    def __repr__(self) -> str:
        return str(self.table)

    def _ipython_display_(self) -> None:
        """Displays the figure, then the table, as two outputs: a front end shows only the richest format of each."""
        live = {PLOTLY: self.figure.to_plotly_json(), "text/plain": FALLBACK}
        display(live, raw=True)
        display({"text/html": self.table.html, "text/plain": str(self.table)}, raw=True)
