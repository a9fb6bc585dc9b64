"""The README's pictures, drawn by a browser from the last complete run; `python3 -m helpers reference` renews them."""

import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from helpers.charts import bar_charts, notes
from helpers.core.errors import WorkbookError
from helpers.core.paths import PROJECT, results_folder
from helpers.course import baseline
from helpers.course.sections import OWN_PROJECT
from helpers.runner import result_files

FOLDER = PROJECT / "docs" / "images"
SECTION = "05-separate-stages"  # the one whose notebook is shown
SUMMARY_SIZE, NOTEBOOK_SIZE = (1200, 540), (1000, 1160)  # pixels
_HIDDEN = {"parameters", "injected-parameters", "trouble-text", "open"}  # tags and IDs of cells that aren't shown
_LOADING = 20_000  # milliseconds of the page's own time, for the charts to be drawn


def renew(program: str | None, folder: Path = FOLDER) -> str:
    """Draws both pictures with that browser, and returns a line that says so; without a browser, they stay.

    Raises WorkbookError if there is no complete run, or if the browser fails or draws nothing.
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
    """A page with the overview of the course's own sections, from the baseline, which is that of a complete run."""
    records = [replace(record, baseline=False) for record in baseline.load() if record.number != OWN_PROJECT]
    title = f"Measured on {notes.origin(records[0])}" if records else ""
    figure = bar_charts.overview_chart(records)
    figure.update_layout(showlegend=False, title={"text": title, "font": {"size": 14}})
    html: str = figure.to_html(include_plotlyjs=True, config={"displayModeBar": False})
    return html


def _page(notebook: Path) -> str:
    """The executed notebook as a page, without the parameters that the run has added."""
    exporter = HTMLExporter(template_name="lab")  # type: ignore[no-untyped-call]
    page, _ = exporter.from_notebook_node(_shortened(nbformat.read(notebook, as_version=4)))
    return str(page)


def _shortened(notebook: NotebookNode) -> NotebookNode:
    notebook.cells = [cell for cell in notebook.cells if not _HIDDEN & {*cell.metadata.get("tags", ()), cell.id}]
    return notebook


def _draw(program: str, page: str, target: Path, size: tuple[int, int]) -> None:
    """Saves what the browser shows of the page. Raises WorkbookError if it fails or draws nothing."""
    with tempfile.TemporaryDirectory() as folder:
        source, picture = Path(folder, "page.html"), Path(folder, "page.png")
        source.write_text(page, encoding="utf-8")
        command = [
            program,
            *("--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={folder}/profile"),
            *(f"--window-size={size[0]},{size[1]}", f"--virtual-time-budget={_LOADING}"),
            *(f"--screenshot={picture}", source.as_uri()),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
            shutil.move(picture, target)  # a browser may end without an error and without a picture
        except (subprocess.SubprocessError, OSError) as error:
            raise _not_drawn(program, target.name, error) from error


def _not_drawn(program: str, picture: str, error: Exception) -> WorkbookError:
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else ""
    return WorkbookError(
        f"{program} didn't draw {picture}: {error}\n{said}".rstrip(),
        "Set WORKBOOK_BROWSER to another Chromium-based browser, then run the same command again.",
    )
