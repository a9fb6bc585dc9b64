"""Notebooks as files: reading and writing them, and the few questions everyone asks of a cell."""

from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

WRITES_FILE = "%%writefile "


def load(path: Path) -> NotebookNode:
    """The notebook as the file has it, in the current form of the format."""
    return loads(path.read_text(encoding="utf-8"))


def loads(text: str) -> NotebookNode:
    """The notebook that a file's text holds."""
    found: NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    return found


def save(notebook: NotebookNode, path: Path) -> None:
    """Write the notebook to the file, byte for byte as every other tool of Jupyter does."""
    path.write_text(dumps(notebook), encoding="utf-8", newline="\n")


def dumps(notebook: NotebookNode) -> str:
    """The notebook as the text of its file."""
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def content(notebook: NotebookNode) -> list[tuple[str, str, tuple[str, ...]]]:
    """What somebody wrote: each cell's kind, source and tags. Running the notebook and saving it changes none of it."""
    return [(cell.cell_type, cell.source, tags(cell)) for cell in notebook.cells]


def tags(cell: NotebookNode) -> tuple[str, ...]:
    """The cell's tags."""
    return tuple(cell.metadata.get("tags", ()))


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that a kernel executes: code that is not blank."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def words(cells: Iterable[NotebookNode]) -> int:
    """How many words of prose the cells hold."""
    return sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")


def is_dockerfile_cell(cell: NotebookNode) -> bool:
    """Whether the cell writes a Dockerfile of the course."""
    return cell.cell_type == "code" and written_name(cell).endswith(".Dockerfile")


def written_name(cell: NotebookNode) -> str:
    """The name of the file that a %%writefile cell writes, without its folder; "" for any other cell."""
    first = cell.source.partition("\n")[0]
    return Path(first.removeprefix(WRITES_FILE).strip()).name if first.startswith(WRITES_FILE) else ""


def written_text(cell: NotebookNode) -> str:
    """What %%writefile puts into the file: the rest of the cell, ending in one line break."""
    text = str(cell.source).partition("\n")[2]
    return text if text.endswith("\n") else text + "\n"
