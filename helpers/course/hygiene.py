"""Cleans notebooks for committing: removes outputs (except those of check cells) and unneeded metadata.

`python3 -m helpers.course.hygiene` updates the notebooks and the README's table, `--check` only lists what is out of
date, and `--adopt FOLDER` takes the outputs of the check cells from executed notebooks.
"""

import argparse
import copy
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.course import navigation
from helpers.course import notebook as notebooks
from helpers.course.committed import committed_or_none
from helpers.course.sections import PROJECT, SectionFiles, discover

KEEPS_OUTPUT = "nbval-check-output"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = {"tags"}


def cleaned(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook, cleaned for committing."""
    clean = copy.deepcopy(notebook)
    clean.metadata = nbformat.from_dict(METADATA)  # type: ignore[no-untyped-call]
    clean.nbformat_minor = max(clean.nbformat_minor, 5)  # format 4.5 introduced permanent cell ids
    for number, cell in enumerate((cell for cell in clean.cells if cell.cell_type == "code"), start=1):
        _clean_outputs(cell, number)
    for cell in clean.cells:
        kept = {key: value for key, value in cell.metadata.items() if key in CELL_METADATA and value}
        cell.metadata = nbformat.from_dict(kept)  # type: ignore[no-untyped-call]
    return clean


def adopted(notebook: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """A clean copy of the notebook with the check cells' outputs of an executed one, except those of failed checks."""
    kept = [cell for cell in notebooks.code_cells(executed) if _keeps(cell)]
    outputs = {cell.id: cell.outputs for cell in kept if all(each.output_type == "stream" for each in cell.outputs)}
    clean = copy.deepcopy(notebook)
    for cell in clean.cells:
        if cell.cell_type == "code" and cell.id in outputs:
            cell.outputs = copy.deepcopy(outputs[cell.id])
    return cleaned(clean)


def _clean_outputs(cell: NotebookNode, number: int) -> None:
    """Removes outputs and sets the execution count: nbval needs a count to compare outputs, so it is the position."""
    cell.outputs = [_plain(output) for output in cell.outputs] if _keeps(cell) else []
    cell.execution_count = number if cell.outputs else None


def _plain(output: NotebookNode) -> NotebookNode:
    kept = {key: value for key, value in output.items() if key in ("name", "output_type", "text")}
    plain: NotebookNode = nbformat.from_dict(kept)  # type: ignore[no-untyped-call]
    return plain


def _keeps(cell: NotebookNode) -> bool:
    return KEEPS_OUTPUT in notebooks.tags(cell)


def wanted(sections: Sequence[SectionFiles], executed: Path | None = None) -> dict[Path, str]:
    """The text to commit of each notebook, by path: clean, with navigation and, from `executed`, check outputs."""
    return {section.notebook: _wanted(section, sections, executed) for section in sections}


def _wanted(section: SectionFiles, sections: Sequence[SectionFiles], executed: Path | None) -> str:
    notebook = notebooks.load(section.notebook)
    fresh = executed / section.notebook.name if executed else None
    if fresh and fresh.exists():
        notebook = adopted(notebook, notebooks.load(fresh))
    return text_to_commit(notebook, section, sections)


def text_to_commit(notebook: NotebookNode, section: SectionFiles, sections: Sequence[SectionFiles]) -> str:
    """The text to commit of a section's notebook: clean, with navigation."""
    return notebooks.dumps(navigation.navigated(cleaned(notebook), section, sections))


def committed_unless_edited(path: Path, project: Path = PROJECT) -> str:
    """The committed text of a notebook if it was only run and saved since.

    If a cell's source, type or tags were edited, or the notebook is not committed, the file's own text with outputs.
    """
    mine, course = path.read_text(encoding="utf-8"), committed_or_none(path, project)
    if course is None:
        return mine
    same = notebooks.content(notebooks.loads(mine)) == notebooks.content(notebooks.loads(course))
    return course if same else mine


def main(arguments: Sequence[str]) -> int:
    """Updates the notebooks and the README, or lists those that are out of date; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m helpers.course.hygiene", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit with status 1 if a file is out of date"
    )
    parser.add_argument("--adopt", type=Path, metavar="FOLDER", help="take check outputs from this folder's notebooks")
    options = parser.parse_args(arguments)
    sections = discover()
    texts = wanted(sections, options.adopt) | navigation.wanted(sections)
    stale = {path: text for path, text in texts.items() if path.read_text(encoding="utf-8") != text}
    for path, text in stale.items():
        print(f"{path.relative_to(PROJECT)} {'is out of date' if options.check else 'was updated'}.")
        if not options.check:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
