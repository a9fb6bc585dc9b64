"""The README's pictures, drawn by a browser from the last complete run; `python3 -m helpers reference` renews them."""

import subprocess
import tempfile
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter

from helpers.charts import bar_charts
from helpers.core.errors import WorkbookError
from helpers.core.paths import PROJECT, results_folder
from helpers.measure.store import Store
from helpers.runner import result_files

FOLDER = PROJECT / "docs" / "images"
SECTION = "05-separate-stages"  # the one whose notebook is shown
SUMMARY_SIZE, NOTEBOOK_SIZE = (1200, 620), (1000, 1400)  # pixels
_LOADING = 20_000  # milliseconds of the page's own time, for the charts to be drawn


def renew(program: str | None, folder: Path = FOLDER) -> str:
    """Draws both pictures with that browser, and returns a line that says so; without a browser, they stay.

    Raises WorkbookError if there is no complete run.
    """
    if program is None:
        return "The README's pictures are unchanged: there is no Chromium-based browser."
    notebook = results_folder() / result_files.LATEST / result_files.NOTEBOOKS / f"{SECTION}.ipynb"
    if not notebook.is_file():
        raise WorkbookError(f"There is no complete run: {notebook} doesn't exist.", "Run `python3 -m helpers run`.")
    folder.mkdir(parents=True, exist_ok=True)
    _draw(program, _summary(), folder / "summary.png", SUMMARY_SIZE)
    _draw(program, _page(notebook), folder / "notebook.png", NOTEBOOK_SIZE)
    return f"Updated the README's pictures: {folder.name}/summary.png and {folder.name}/notebook.png."


def _summary() -> str:
    """A page with the overview of all sections that were measured on this machine."""
    records = sorted(Store().latest().values(), key=lambda record: record.section)
    html: str = bar_charts.overview_chart(records).to_html(include_plotlyjs=True)
    return html


def _page(notebook: Path) -> str:
    """The executed notebook as a page."""
    exporter = HTMLExporter(template_name="lab")  # type: ignore[no-untyped-call]
    page, _ = exporter.from_notebook_node(nbformat.read(notebook, as_version=4))
    return str(page)


def _draw(program: str, page: str, target: Path, size: tuple[int, int]) -> None:
    """Saves what the browser shows of the page."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "page.html")
        source.write_text(page, encoding="utf-8")
        subprocess.run(
            [
                program,
                *("--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={folder}/profile"),
                *(f"--window-size={size[0]},{size[1]}", f"--virtual-time-budget={_LOADING}"),
                f"--screenshot={target}",
                source.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
