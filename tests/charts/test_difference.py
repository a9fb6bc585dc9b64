"""Diffs: a sign on every changed line, some context, readable without colour."""

import re

import pytest

from helpers.charts import theme
from helpers.charts.difference import CONTEXT, difference

BEFORE = "".join(f"RUN step {number}\n" for number in range(20))
AFTER = BEFORE.replace("RUN step 10\n", "COPY . .\nRUN step ten\n")


def test_every_changed_line_has_its_sign() -> None:
    lines = str(difference("FROM golang\nRUN x\n", "FROM golang:1.19\nRUN x\n")).splitlines()
    assert lines == ["1 line added (+), 1 removed (−)", "− FROM golang", "+ FROM golang:1.19", "  RUN x"]


def test_other_unchanged_lines_are_only_counted() -> None:
    lines = str(difference(BEFORE, AFTER)).splitlines()
    assert lines[0] == "2 lines added (+), 1 removed (−)"
    assert lines[1] == "⋯ 8 unchanged lines"
    assert lines[-1] == "⋯ 7 unchanged lines"
    assert len(lines) == 1 + 2 + 2 * CONTEXT + 3


def test_added_and_removed_lines_have_their_signs() -> None:
    shown = difference(BEFORE, AFTER).lines
    assert [line.text for line in shown if line.sign == "+"] == ["COPY . .", "RUN step ten"]
    assert [line.text for line in shown if line.sign == "−"] == ["RUN step 10"]


@pytest.mark.parametrize("text", ["", "FROM scratch\n"])
def test_equal_texts_have_no_difference(text: str) -> None:
    same = difference(text, text)
    assert str(same) == "No difference: the two Dockerfiles are the same."
    assert "No difference" in same._repr_html_() and "<ins" not in same._repr_html_()


def test_the_first_dockerfile_is_all_new() -> None:
    assert str(difference("", "FROM golang\nRUN x\n")).splitlines()[1:] == ["+ FROM golang", "+ RUN x"]


def test_html_has_signs_and_elements_and_escapes_the_dockerfile() -> None:
    page = difference("RUN a\n", "RUN <script>\n")._repr_html_()
    assert re.search(r"<del [^>]*>− RUN a</del>", page)
    assert re.search(r"<ins [^>]*>\+ RUN &lt;script&gt;</ins>", page)


@pytest.mark.parametrize("background", [theme.PALE_BLUE, theme.PALE_ORANGE, theme.PAPER])
@pytest.mark.parametrize("ink", [theme.INK, theme.GREY])
def test_contrast_is_that_of_body_text(background: str, ink: str) -> None:
    assert _contrast(background, ink) >= 4.5  # WCAG 2.2, success criterion 1.4.3


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
