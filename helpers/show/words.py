"""Texts of others cut to what fits in a line."""

WIDTH = 88  # characters


def one_line(text: str, width: int = WIDTH) -> str:
    """The text in one line of at most that many characters, the end left out where it is longer."""
    words = " ".join(text.split())
    return words if len(words) <= width else f"{words[: width - 1]}…"
