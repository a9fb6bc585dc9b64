"""A table as a string, with an HTML version; a chart, with a table of its data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import plotly.graph_objects as go  # type: ignore[import-untyped]
from IPython.display import display
from tabulate import tabulate

from helpers.charts import rich
from helpers.charts.rich import Rich
from helpers.core.printable import printable


class Table(Rich):
    """A table as plain text; `html` is the same table as HTML."""

    def __new__(
        cls, headers: Sequence[str], cells: Sequence[Sequence[str]], lines: Sequence[str] = (), numbers: bool = True
    ) -> "Table":
        """Headers, cells and lines of notes, all safe to print. `numbers` right-aligns all columns but the first."""
        cells = [[printable(cell) for cell in row] for row in cells]
        sides = ["left", *["right" if numbers else "left"] * (len(headers) - 1)] if cells else None
        text = tabulate(cells, headers, tablefmt="simple", colalign=sides, disable_numparse=True)
        body = tabulate(cells, headers, tablefmt="html", colalign=sides, disable_numparse=True)
        page = rich.with_names(_left_aligned(body))
        small = "<br>".join(map(rich.small, lines))
        below = ["", *map(printable, lines)] if lines else []
        table = super().__new__(cls, "\n".join([text, *below]), page + f"<p><small>{small}</small></p>" * bool(lines))
        return cast("Table", table)


def _left_aligned(body: str) -> str:
    """The HTML with explicit left alignment: notebooks right-align cells that have none."""
    left = 'style="text-align: left;"'
    return body.replace("<th>", f"<th {left}>").replace("<td>", f"<td {left}>")


PLOTLY = "application/vnd.plotly.v1+json"
DATA = "Data of this chart as a table"
FALLBACK = "(A browser shows a chart here. The table below has the same data.)"


@dataclass(frozen=True, repr=False)
class Chart:
    """A figure and a table of the same data."""

    figure: go.Figure
    table: Table

    def __repr__(self) -> str:
        return str(self.table)

    def _ipython_display_(self) -> None:
        """Displays the figure, then the table, folded, as two outputs: a front end shows only the richest format."""
        live = {PLOTLY: self.figure.to_plotly_json(), "text/plain": FALLBACK}
        display(live, raw=True)
        display({"text/html": rich.folded(DATA, self.table.html), "text/plain": str(self.table)}, raw=True)
