"""Untrusted text can't move the cursor, set a title, or hide or reorder characters."""

import random
import time
import unicodedata

import pytest

from helpers.core.printable import printable, with_texts
from helpers.core.records import Build, Instruction, Kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\ttext\nfür 🔒 Größe 日本", "plain\ttext\nfür 🔒 Größe 日本"),
        ("\x1b[1;38:5:1mred\x1b[0m \x1b[2Jcleared", "red cleared"),
        ("\x9b31mred\x9b0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]0;owned\x1b\\title", "title"),
        ("\x9d0;owned\x9ctitle", "title"),
        ("\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$rset\x1b\\dcs \x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\end", "dcs end"),
        ("\x1b(Bletters \x1bcreset \x1b7saved", "letters reset saved"),
        ("an end\x1b", "an end"),
        ("title \x1b]0;without an end\nthe next line", "title 0;without an end\nthe next line"),
        ("\x1b\x1b[31m[31m", "[31m"),  # removing one sequence must not create another
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("10 %\r20 %\r\x1b[K30 %\ndone", "30 %\ndone"),
        ("10 %\r20 %\r", "20 %"),
        ("over\b\b\b\bwritten", "overwritten"),
        ("nul\0 bell\a delete\x7f", "nul bell delete"),
        ("page\fbreak, no\u00a0break, line\u2028break", "page break, no break, line break"),
        ("\u202etxt.exe\u202c \u2066isolated\u2069 \u200bzero", "txt.exe isolated zero"),
        ("lone \udc9b surrogate", "lone  surrogate"),
    ],
)
def test_only_printable_text_is_kept(text: str, expected: str) -> None:
    assert printable(text) == expected


def test_no_combination_of_fragments_leaves_a_control_character() -> None:
    parts = [
        "\x1b",
        "[",
        "]",
        "P",
        "0;",
        "31m",
        "\x07",
        "\x9b",
        "\x9c",
        "\x9d",
        "\\",
        "\r",
        "\n",
        "\b",
        "x",
        "\u202e",
    ]
    choose = random.Random(8)
    for _ in range(5000):
        left = printable("".join(choose.choices(parts, k=12)))
        assert not [letter for letter in left if unicodedata.category(letter)[0] == "C" and letter not in "\n\t"], left
        assert printable(left) == left


@pytest.mark.parametrize(
    "text", ["\x1b]" * 100_000, "\x9d" * 200_000, "\x1b[" * 100_000, "a\r" * 100_000, "x\x1b" * 100_000]
)
def test_a_malicious_log_takes_no_longer_than_any_other(text: str) -> None:
    began = time.perf_counter()
    printable(text)
    assert time.perf_counter() - began < 2


def test_every_string_of_a_record_is_changed_and_nothing_else() -> None:
    step = Instruction("[1/1] run", inputs=("a",), started=0.5, log="b")
    build = Build("cold", 1.0, "c", (step,), warnings=("d",))
    upper = Instruction("[1/1] RUN", inputs=("A",), started=0.5, log="B")
    changed = with_texts({"e": build, "f": [1, None, Kind.BUILD, "g"]}, str.upper)
    assert changed == {
        "E": Build("COLD", 1.0, "C", (upper,), warnings=("D",)),
        "F": [1, None, Kind.BUILD, "G"],
    }
