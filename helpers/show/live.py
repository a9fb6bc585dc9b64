"""Live progress in an interactive notebook: a bar, the elapsed time, the current step and its last log line."""

import html
from typing import Any

import ipywidgets  # type: ignore[import-untyped]
from IPython.display import DisplayHandle

from helpers.records.printable import printable
from helpers.show.displays import Snapshot
from helpers.show.words import plain

_FRAME = "font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px);line-height:1.5"
_ONE_LINE = "white-space:pre;overflow:hidden;text-overflow:ellipsis"
_BAR = "width:14em;accent-color:#0072b2;vertical-align:middle"


class Live:
    """A widget under the cell. At the end the summary replaces it, so that the notebook saves no dead widget."""

    ticks = True  # a thread may update a widget: its output always stays under its own cell

    def __init__(self) -> None:
        self._widget = ipywidgets.HTML()
        self._handle: Any = None

    def show(self, snapshot: Snapshot) -> None:
        """Draws the snapshot; the first call displays the widget."""
        self._widget.value = markup(snapshot)
        if self._handle is None:
            self._handle = DisplayHandle()  # type: ignore[no-untyped-call]
            self._handle.display(self._widget)

    def end(self, summary: str) -> None:
        """Replaces the widget with the summary."""
        text = printable(summary)
        if self._handle is not None:
            self._handle.update({"text/plain": text}, raw=True)
        elif text:
            print(text)
        self._widget.close()


def markup(snapshot: Snapshot) -> str:
    """The snapshot as HTML, with a native progress element, which assistive technology recognizes."""
    step = snapshot.progress
    value = f' value="{step.done}" max="{step.total}"' if step.total else ""
    bar = f'<progress{value} style="{_BAR}" aria-label="{html.escape(snapshot.title)}"></progress>'
    head = " · ".join(html.escape(text) for text in (snapshot.title, snapshot.part, snapshot.clock) if text)
    log = "".join(
        f'<div style="{_ONE_LINE}">{html.escape(plain(text))}</div>' for text in (step.what, step.detail) if text
    )
    return f'<div style="{_FRAME}">{bar} {head}{log}</div>'
