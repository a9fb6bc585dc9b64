"""Foreign text is made safe and fits on one line."""

import pytest

from helpers.core.printable import one_line, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN go build \\\n    -o x", "RUN go build \\ -o x"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("50 %\r60 %", "60 %"),
        ("bell\x07 and null\x00", "bell and null"),
        ("für 🔒", "für 🔒"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert one_line("x" * 10, 10) == "x" * 10
    assert one_line("x" * 11, 10) == "x" * 9 + "…"
