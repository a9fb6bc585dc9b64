"""Texts with an HTML version."""

from bs4 import BeautifulSoup

from helpers.charts import rich
from helpers.charts.rich import Note


def test_plain_text_becomes_escaped_lines_that_break_between_words() -> None:
    page = BeautifulSoup(rich.html_of("a <b>\nc"), "html.parser")
    assert [line.text for line in page.select("div")] == ["a <b>", "c"]
    assert all("word-break:normal" in str(line["style"]) for line in page.select("div"))


def test_text_and_html_are_both_sent() -> None:
    shown = rich.bundle(rich.summary("build: 1 s · n = 1", "Build: 1 s.", ["n = 1", ""]))
    assert shown["text/plain"] == "build: 1 s · n = 1"
    page = BeautifulSoup(shown["text/html"], "html.parser")
    assert (page.summary.text if page.summary else "", [fact.text for fact in page.select("li")]) == (
        "Build: 1 s.",
        ["n = 1"],
    )


def test_control_characters_reach_neither_form() -> None:
    shown = rich.bundle(rich.summary("\x1b[31mred", "\x1b[31mred", ["\x1b[31mmore"]))
    assert not any("\x1b" in form for form in [*shown.values(), *rich.bundle("\x1b[31mred").values()])


def test_a_note_has_a_tooltip_that_assistive_technology_reads() -> None:
    (note,) = BeautifulSoup(rich.small(Note("this machine", 'Debian "13"\nn = 1')), "html.parser").select("span")
    assert (note.text, note["title"], note["aria-label"]) == (
        "this machine",
        'Debian "13"\nn = 1',
        'Debian "13"\nn = 1',
    )


def test_emoji_and_check_marks_have_a_name() -> None:
    signs = BeautifulSoup(rich.with_names("✓ fast 🏎️ ✗ small 🪶"), "html.parser").select("[role=img]")
    assert [sign["aria-label"] for sign in signs] == ["passed", "racing car", "failed", "feather"]


def test_a_command_stays_on_one_line_and_can_be_copied() -> None:
    shown = rich.commands("same with the CLI: docker run <x>", ["docker run <x>", "docker stop x"], "a remark")
    page = BeautifulSoup(shown.html, "html.parser")
    assert [line.text for line in page.select("code")] == ["docker run <x>", "docker stop x"]
    assert all("white-space:pre;" in str(line["style"]) for line in page.select("code"))
    assert all("previousElementSibling" in str(button["onclick"]) for button in page.select("code + button"))
    assert len(page.select("code + button")) == 2 and "a remark" in page.text
