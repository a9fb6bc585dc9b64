"""A table is its text, and its HTML says the same."""

from html.parser import HTMLParser

from IPython.core.interactiveshell import InteractiveShell

from helpers.show.table import Table


class Words(HTMLParser):
    """The words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def test_text_and_html_say_the_same():
    table = Table(["what", "s"], [["go build", "9.3"], ["COPY", "0.10"]], ["n = 1"])
    assert [word for word in table.split() if set(word) != {"-"}] == Words(table.html).words


def test_numbers_stand_to_the_right_and_words_to_the_left():
    lines = Table(["what", "s"], [["go build", "9.3"], ["COPY", "10.25"]]).splitlines()
    assert lines[2].endswith("  9.3") and lines[3].endswith("10.25")
    assert Table(["a", "b"], [["x", "y"], ["x", "longer"]], numbers=False).splitlines()[2].startswith("x    y")


def test_a_figure_keeps_its_digits():
    assert "0.10" in Table(["s"], [["0.10"]])


def test_what_others_wrote_cannot_become_markup():
    table = Table(["what"], [["<script>alert(1)</script>"]], ["<b>note</b>"])
    assert "<script>" in table
    assert "<script>" not in table.html and "<b>" not in table.html


def test_a_cell_that_ends_on_a_table_shows_it_in_both_forms():
    table = Table(["what"], [["x"]])
    shown, _ = InteractiveShell().display_formatter.format(table)
    assert shown == {"text/plain": str(table), "text/html": table.html}
