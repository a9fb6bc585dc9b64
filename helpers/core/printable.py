"""Text from outside (build logs, file names in images), made safe to print and cut to one line."""

import html
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

Value = TypeVar("Value")

# ECMA-48, 5.3 to 5.6 and 8.3. A control function of the C1 set is ESC and a letter, or one character from U+0080 to
# U+009F. xterm also ends a string with BEL: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colors, movements of the cursor, erasing
    r"|(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f\n]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS…: titles, links
    r"|\x1b[ -/]*[0-~]"  # others: character sets, a full reset
)
_COLOR = re.compile(r"(\x1b\[[0-9;:]*m)")  # ECMA-48, 8.3.117: SGR
_UNUSUAL = re.compile(r"[^\n\t -~]")


def printable(text: str) -> str:
    """The text without control characters, except newline and tab.

    Removes escape sequences and characters that reorder or hide others (Unicode's bidirectional controls). Keeps the
    last version of a line that carriage returns overwrote.
    """
    if text.isprintable():  # nearly every line of a build's log
        return text
    lines = _SEQUENCE.sub("", text).split("\n")
    return _UNUSUAL.sub(_harmless, "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines))


def printable_in_color(text: str) -> str:
    """Like `printable`, but keeps color sequences, which are harmless in notebooks."""
    return "".join(part if color % 2 else printable(part) for color, part in enumerate(_COLOR.split(text)))


def _harmless(found: re.Match[str]) -> str:
    if found[0].isprintable():
        return found[0]
    return " " if found[0].isspace() else ""


def with_texts(value: Value, change: Callable[[str], str]) -> Value:
    """A copy of the value with `change` applied to every string in records, dicts, lists and tuples, at any depth.

    Members of enums stay: their texts are the course's own.
    """
    changed: Any = value
    if isinstance(value, Enum):
        pass
    elif isinstance(value, str):
        changed = change(value)
    elif is_dataclass(value) and not isinstance(value, type):
        changed = replace(value, **{each.name: with_texts(getattr(value, each.name), change) for each in fields(value)})
    elif isinstance(value, dict):
        changed = {with_texts(name, change): with_texts(each, change) for name, each in value.items()}
    elif isinstance(value, (list, tuple)):
        changed = type(value)(with_texts(each, change) for each in value)
    return changed  # type: ignore[no-any-return]


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
