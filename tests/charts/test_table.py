"""A table is plain text, and its HTML has the same content."""

from html.parser import HTMLParser

from IPython.core.interactiveshell import InteractiveShell

from helpers.charts.chart import Table


class Words(HTMLParser):
    """The words on a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def test_text_and_html_have_the_same_content() -> None:
    table = Table(["what", "s"], [["go build", "9.3"], ["COPY", "0.10"]], ["n = 1"])
    assert [word for word in table.split() if set(word) != {"-"}] == Words(table.html).words


def test_numbers_are_right_aligned_and_words_left_aligned() -> None:
    lines = Table(["what", "s"], [["go build", "9.3"], ["COPY", "10.25"]]).splitlines()
    assert lines[2].endswith("  9.3") and lines[3].endswith("10.25")
    assert Table(["a", "b"], [["x", "y"], ["x", "longer"]], numbers=False).splitlines()[2].startswith("x    y")


def test_a_number_keeps_its_digits() -> None:
    assert "0.10" in Table(["s"], [["0.10"]])


def test_cells_and_notes_are_escaped() -> None:
    table = Table(["what"], [["<script>alert(1)</script>"]], ["<b>note</b>"])
    assert "<script>" in table
    assert "<script>" not in table.html and "<b>" not in table.html


def test_a_notebook_cell_shows_text_and_html() -> None:
    table = Table(["what"], [["x"]])
    formatter = InteractiveShell().display_formatter
    assert formatter is not None
    shown, _ = formatter.format(table)
    assert shown == {"text/plain": str(table), "text/html": table.html}
