"""Texts of others, log lines and instructions, made fit for one line of ours."""

import html

from helpers.records.printable import printable

WIDTH = 88  # characters


def plain(text: str) -> str:
    """The text in one line, without anything that colours it or moves a cursor."""
    return " ".join(printable(text).split())


def label(text: str) -> str:
    """The text as a label of a chart, every character itself: Plotly takes `<b>` and `&amp;` for markup.

    https://plotly.com/chart-studio-help/adding-HTML-and-links-to-charts/
    """
    return html.escape(printable(text), quote=False)


def one_line(text: str, width: int = WIDTH) -> str:
    """The same in at most that many characters, the end left out where it is longer."""
    words = plain(text)
    return words if len(words) <= width else f"{words[: width - 1]}…"
