"""A chart with its figures as text under it, as a notebook shows them and as a terminal prints them."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go  # type: ignore[import-untyped]
from IPython.display import display

from helpers.records import SectionRecord
from helpers.show import charts, tables
from helpers.show.tables import Table

PLOTLY = "application/vnd.plotly.v1+json"
IN_WORDS = "(A chart stands here where a browser shows it; its figures follow.)"


@dataclass(frozen=True, repr=False)
class Pair:
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


def sizes(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> Pair:
    """Image size by section."""
    return Pair(charts.size_chart(records, highlight, variants), tables.size_table(records, variants))


def times(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> Pair:
    """Build time by section and scenario."""
    return Pair(charts.time_chart(records, highlight, variants), tables.time_table(records, variants))


def starts(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> Pair:
    """Time from starting the container to its first good answer, by section."""
    return Pair(charts.start_chart(records, highlight, variants), tables.start_table(records, variants))


def overview(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> Pair:
    """Size, cold build, rebuild after an edit and first answer side by side."""
    return Pair(charts.overview_chart(records, highlight, variants), tables.overview_table(records, variants))
