"""Reading and writing notebook files, and common properties of their cells."""

from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

WRITES_FILE = "%%writefile "


def load(path: Path) -> NotebookNode:
    """The notebook in the file, converted to notebook format 4."""
    return loads(path.read_text(encoding="utf-8"))


def loads(text: str) -> NotebookNode:
    """The notebook in a file's text."""
    found: NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    return found


def save(notebook: NotebookNode, path: Path) -> None:
    """Writes the notebook to the file exactly as Jupyter's tools do."""
    path.write_text(dumps(notebook), encoding="utf-8", newline="\n")


def dumps(notebook: NotebookNode) -> str:
    """The text of the notebook's file."""
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def content(notebook: NotebookNode) -> list[tuple[str, str, tuple[str, ...]]]:
    """What an author edits: each cell's type, source and tags. Running and saving the notebook doesn't change it."""
    return [(cell.cell_type, cell.source, tags(cell)) for cell in notebook.cells]


def tags(cell: NotebookNode) -> tuple[str, ...]:
    """The cell's tags."""
    return tuple(cell.metadata.get("tags", ()))


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells that are not blank."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def words(cells: Iterable[NotebookNode]) -> int:
    """The number of words in the Markdown cells."""
    return sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")


def is_dockerfile_cell(cell: NotebookNode) -> bool:
    """Whether the cell writes a Dockerfile of the course."""
    return cell.cell_type == "code" and written_name(cell).endswith(".Dockerfile")


def written_name(cell: NotebookNode) -> str:
    """The name, without folder, of the file that a %%writefile cell writes; "" for any other cell."""
    first = cell.source.partition("\n")[0]
    return Path(first.removeprefix(WRITES_FILE).strip()).name if first.startswith(WRITES_FILE) else ""


def written_text(cell: NotebookNode) -> str:
    """The text that %%writefile writes: the rest of the cell, ending in one line break."""
    text = str(cell.source).partition("\n")[2]
    return text if text.endswith("\n") else text + "\n"
