"""A chart with its figures as text under it, as a notebook shows them and as a terminal prints them."""

from dataclasses import dataclass

import plotly.graph_objects as go  # type: ignore[import-untyped]
from IPython.display import display

from helpers.show.table import Table

PLOTLY = "application/vnd.plotly.v1+json"
IN_WORDS = "(A chart stands here where a browser draws it; its figures follow.)"


@dataclass(frozen=True, repr=False)
class Chart:
    """A figure and the table that says the same."""

    figure: go.Figure
    table: Table

    def __repr__(self) -> str:
        return str(self.table)

    def _ipython_display_(self) -> None:
        """The live figure, then the table: two outputs, as a front end shows only the richest form of one."""
        live = {PLOTLY: self.figure.to_plotly_json(), "text/plain": IN_WORDS}
        display(live, raw=True)  # type: ignore[no-untyped-call]
        display({"text/html": self.table.html, "text/plain": str(self.table)}, raw=True)  # type: ignore[no-untyped-call]
