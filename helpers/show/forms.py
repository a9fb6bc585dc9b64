"""Shows a record that is the value of a notebook cell as a table instead of a dataclass repr."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from helpers.records import BaseImage, Build, Contents, Image, Packages, Run
from helpers.show.inside import contents_table, image_table, packages_table
from helpers.show.results import build_table, run_table
from helpers.show.table import Table

FORMS: dict[type, Callable[..., Table]] = {
    Build: build_table,
    Contents: lambda contents, base_images: contents_table({"this image": contents}, base_images),
    Image: image_table,
    Packages: packages_table,
    Run: run_table,
}


def install(shell: Any, base_images: Sequence[BaseImage] = ()) -> None:
    """Registers the tables with an IPython shell; each names these base images. Does nothing if `shell` is None."""
    if shell is None:
        return
    for kind, form in FORMS.items():
        _install(shell.display_formatter.formatters, kind, partial(form, base_images=base_images))


def _install(formatters: Any, kind: type, form: Callable[..., Table]) -> None:
    formatters["text/html"].for_type(kind, lambda record: form(record).html)
    formatters["text/plain"].for_type(kind, lambda record, printer, cycle: printer.text(str(form(record))))
