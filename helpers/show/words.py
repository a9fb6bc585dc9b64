"""Texts of others, log lines and instructions, made fit for one line of ours."""

import re

WIDTH = 88  # characters
_CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # ECMA-48, 5.4: colours, movements of the cursor


def plain(text: str) -> str:
    """The text in one line, without anything that colours it or moves a cursor."""
    words = " ".join(_CONTROL_SEQUENCE.sub("", text).split())
    return "".join(letter for letter in words if letter.isprintable())


def one_line(text: str, width: int = WIDTH) -> str:
    """The same in at most that many characters, the end left out where it is longer."""
    words = plain(text)
    return words if len(words) <= width else f"{words[: width - 1]}…"
