"""A chart and its data as a table: a notebook shows both, a terminal prints the table."""

from dataclasses import dataclass

import plotly.graph_objects as go  # type: ignore[import-untyped]
from IPython.display import display

from helpers.show.table import Table

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
        display(live, raw=True)  # type: ignore[no-untyped-call]
        display({"text/html": self.table.html, "text/plain": str(self.table)}, raw=True)  # type: ignore[no-untyped-call]
