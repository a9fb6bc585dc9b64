"""A field in a live notebook for the answer to a question, with a button that saves it."""

from collections.abc import Callable
from html import escape

import ipywidgets  # type: ignore[import-untyped]
from IPython.display import display

from helpers.core.units import number_or_text


def show(question: str, unit: str, save: Callable[[float | str], None]) -> None:
    """Displays the question with an empty field; `save` gets what was typed, as a number if it is one."""
    field = ipywidgets.Text(placeholder="your guess", layout={"width": "12em"})
    button = ipywidgets.Button(description="Save", layout={"width": "6em"})
    saved = ipywidgets.Output()

    def on_save(_: object) -> None:
        value = number_or_text(field.value, unit)
        saved.clear_output()
        if value is not None:
            with saved:
                save(value)

    button.on_click(on_save)
    row = ipywidgets.HBox([field, ipywidgets.Label(unit), button])
    display(ipywidgets.VBox([ipywidgets.HTML(value=escape(question)), row, saved]))
