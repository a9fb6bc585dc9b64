"""Progress in a notebook that somebody watches: a bar, the clock, what is done now and the last line of its log."""

import html
from typing import Any

import ipywidgets  # type: ignore[import-untyped]
from IPython.display import DisplayHandle

from helpers.records.printable import printable
from helpers.show.places import Moment
from helpers.show.words import plain

_FRAME = "font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px);line-height:1.5"
_ONE_LINE = "white-space:pre;overflow:hidden;text-overflow:ellipsis"
_BAR = "width:14em;accent-color:#0072b2;vertical-align:middle"


class Live:
    """A widget under the cell. At the end the summary takes its place, so that no dead widget is saved."""

    ticks = True  # a widget's state may be set from a thread: it knows its own place

    def __init__(self) -> None:
        self._widget = ipywidgets.HTML()
        self._handle: Any = None

    def show(self, moment: Moment) -> None:
        """Draws the moment; the widget appears with the first."""
        self._widget.value = markup(moment)
        if self._handle is None:
            self._handle = DisplayHandle()  # type: ignore[no-untyped-call]
            self._handle.display(self._widget)

    def end(self, summary: str) -> None:
        """Puts the summary where the widget was."""
        words = printable(summary)
        if self._handle is not None:
            self._handle.update({"text/plain": words}, raw=True)
        elif words:
            print(words)
        self._widget.close()


def markup(moment: Moment) -> str:
    """The moment as HTML. The browser's own progress element tells assistive technology what it is."""
    step = moment.progress
    value = f' value="{step.done}" max="{step.total}"' if step.total else ""
    bar = f'<progress{value} style="{_BAR}" aria-label="{html.escape(moment.title)}"></progress>'
    head = " · ".join(html.escape(word) for word in (moment.title, moment.part, moment.clock) if word)
    log = "".join(
        f'<div style="{_ONE_LINE}">{html.escape(plain(text))}</div>' for text in (step.what, step.detail) if text
    )
    return f'<div style="{_FRAME}">{bar} {head}{log}</div>'
