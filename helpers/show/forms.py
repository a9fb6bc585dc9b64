"""How records look as the value of a cell: as tables, not as the text of a dataclass."""

from collections.abc import Callable
from typing import Any

from helpers.records import Build, Contents, Image, Run
from helpers.show.inside import contents_table, image_table
from helpers.show.results import build_table, run_table
from helpers.show.table import Table

FORMS: dict[type, Callable[[Any], Table]] = {
    Build: build_table,
    Contents: lambda contents: contents_table({"this image": contents}),
    Image: image_table,
    Run: run_table,
}


def install(shell: Any) -> None:
    """From now on an IPython shell shows these records so: `install(get_ipython())`. Without a shell nothing is done."""
    if shell is None:
        return
    formatters = shell.display_formatter.formatters
    for kind, form in FORMS.items():
        formatters["text/html"].for_type(kind, lambda record, form=form: form(record).html)
        formatters["text/plain"].for_type(kind, lambda record, printer, _, form=form: printer.text(str(form(record))))
