"""A table as a string, with an HTML version."""

import html
from collections.abc import Sequence

from tabulate import tabulate

from helpers.records.printable import printable


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
