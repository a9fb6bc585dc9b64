"""Makes foreign text, such as log lines and instructions, safe to show on one line."""

import html

from helpers.records.printable import printable

WIDTH = 88  # characters


def plain(text: str) -> str:
    """The text on one line, without escape sequences or control characters."""
    return " ".join(printable(text).split())


def label(text: str) -> str:
    """The text as a chart label, escaped: Plotly interprets `<b>` and `&amp;` as markup.

    https://plotly.com/chart-studio-help/adding-HTML-and-links-to-charts/
    """
    return html.escape(printable(text), quote=False)


def one_line(text: str, width: int = WIDTH) -> str:
    """The text on one line of at most `width` characters, cut with an ellipsis."""
    line = plain(text)
    return line if len(line) <= width else f"{line[: width - 1]}…"
