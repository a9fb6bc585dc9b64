"""A table that is its own text, and knows the same table as HTML."""

import html
from collections.abc import Sequence

from tabulate import tabulate

from helpers.records.printable import printable


class Table(str):
    """A table as text, with the same table as HTML in `html`."""

    html: str

    def __new__(
        cls, headers: Sequence[str], cells: Sequence[Sequence[str]], lines: Sequence[str] = (), numbers: bool = True
    ) -> "Table":
        """The cells under their headers, the lines under the cells, safe to print. Numbers stand to the right."""
        cells = [[printable(cell) for cell in row] for row in cells]
        lines = [printable(line) for line in lines]
        sides = ["left", *["right" if numbers else "left"] * (len(headers) - 1)] if cells else None
        text = tabulate(cells, headers, tablefmt="simple", colalign=sides, disable_numparse=True)
        table = super().__new__(cls, "\n".join([text, "", *lines] if lines else [text]))
        body = tabulate(cells, headers, tablefmt="html", colalign=sides, disable_numparse=True)
        small = "<br>".join(html.escape(line) for line in lines)
        table.html = f"{_to_the_left(body)}<p><small>{small}</small></p>" if lines else _to_the_left(body)
        return table

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self.html


def _to_the_left(body: str) -> str:
    """The table with what stands to the left saying so: notebooks put to the right what says nothing."""
    left = 'style="text-align: left;"'
    return body.replace("<th>", f"<th {left}>").replace("<td>", f"<td {left}>")
