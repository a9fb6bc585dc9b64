"""Texts with an HTML version: a live notebook shows the HTML; terminals and kept outputs show the text."""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence

from helpers.core.printable import printable

_SIGN = re.compile("[✓✗\u2600-\u26ff\U0001f300-\U0001faff]\ufe0f?")  # read aloud by no name, or by a confusing one
_MEANINGS = {"✓": "passed", "✗": "failed"}
_WORDS = "white-space:normal;overflow-wrap:anywhere;word-break:normal"  # breaks a word only if it is longer than a line
_LINE = f"{_WORDS};max-width:60em;margin:.25em 0"
_MARK = "text-decoration:underline dotted;cursor:help"
_ROW = "display:flex;gap:.5em;align-items:center;margin:.25em 0"
_COMMAND = (
    "flex:0 1 auto;min-width:0;overflow-x:auto;white-space:pre;margin:0;padding:.3em .6em;user-select:text;"
    "border:1px solid var(--jp-border-color2,#bdbdbd);border-radius:3px;background:var(--jp-layout-color2,#eee);"
    "color:var(--jp-content-font-color1,#1b1b1b)"
)
# Selects the command, so that it can be copied by hand where the browser allows no page to write to the clipboard.
_COPY = (
    "const text=this.previousElementSibling;getSelection().selectAllChildren(text);"
    "(navigator.clipboard?navigator.clipboard.writeText(text.textContent):Promise.reject())"
    ".catch(()=>{if(!document.execCommand('copy'))throw 0})"
    ".then(()=>{this.textContent='Copied'},()=>{this.textContent='Press Ctrl+C'})"
)


class Rich(str):
    """A text; `html` says the same as HTML."""

    html: str

    def __new__(cls, text: str, page: str) -> "Rich":
        """The text and its HTML, both safe to show."""
        rich = super().__new__(cls, text)
        rich.html = page
        return rich

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self.html


class Note(str):
    """A short note under a chart or table; `full` says the same in full."""

    full: str

    def __new__(cls, short: str, full: str) -> "Note":
        """The short note, and the lines that its tooltip shows."""
        note = super().__new__(cls, short)
        note.full = full
        return note


def bundle(text: str) -> dict[str, str]:
    """The text and its HTML by media type, as `display(…, raw=True)` takes them."""
    return {"text/html": html_of(text), "text/plain": printable(text)}


def html_of(text: str) -> str:
    """The HTML of a Rich text; any other text becomes lines that break between words."""
    if isinstance(text, Rich):
        return text.html
    return "".join(
        f'<div style="{_LINE}">{with_names(html.escape(line)) or "&nbsp;"}</div>'
        for line in printable(text).split("\n")
    )


def small(line: str) -> str:
    """A line of small print as HTML; a Note gets a tooltip, which assistive technology reads too."""
    text = with_names(html.escape(printable(line)))
    if not isinstance(line, Note):
        return text
    full = html.escape(printable(line.full))
    return f'<span role="note" tabindex="0" title="{full}" aria-label="{full}" style="{_MARK}">{text}</span>'


def with_names(page: str) -> str:
    """The HTML with a name, for assistive technology, for each emoji and each check mark."""
    return _SIGN.sub(lambda sign: f'<span role="img" aria-label="{_name(sign[0])}">{sign[0]}</span>', page)


def _name(sign: str) -> str:
    return _MEANINGS.get(sign) or unicodedata.name(sign[0], "emoji").lower()


def summary(text: str, sentence: str, more: Iterable[str]) -> Rich:
    """A line of text, whose HTML is a sentence that unfolds to further facts."""
    text, rest = printable(text), [printable(fact) for fact in more if fact]
    head = with_names(html.escape(printable(sentence)))
    facts = "".join(f"<li>{small(fact)}</li>" for fact in rest)
    if not rest:
        return Rich(text, f'<div style="{_LINE}">{head}</div>')
    return Rich(text, folded(head, f'<ul style="margin:.1em 0">{facts}</ul>'))


def folded(head: str, body: str) -> str:
    """HTML that shows `head` and, on a click, `body`."""
    return f'<details style="{_LINE.replace("max-width:60em;", "")}"><summary>{head}</summary>{body}</details>'


def commands(text: str, lines: Sequence[str], after: str = "") -> Rich:
    """A text whose HTML shows shell commands, each with a button that copies it, and a remark below."""
    rows = "".join(map(_command, lines))
    remark = f'<div style="{_LINE}"><small>{html.escape(printable(after))}</small></div>' if after else ""
    return Rich(printable(text), f"{rows}{remark}")


def _command(line: str) -> str:
    shown = html.escape(printable(line))
    button = f'<button type="button" aria-label="Copy the command" onclick="{html.escape(_COPY)}">Copy</button>'
    return f'<div style="{_ROW}"><code tabindex="0" style="{_COMMAND}">{shown}</code>{button}</div>'


def link(address: str, words: str) -> str:
    """A link that opens in a new tab."""
    return f'<a href="{html.escape(address)}" target="_blank" rel="noopener">{html.escape(words)}</a>'
