"""Notebooks as they are committed: no outputs but those of the check cells, no metadata but what somebody needs.

`python3 -m helpers.course.hygiene` puts them in order, `--check` only says which are not, `--adopt FOLDER` takes the
outputs of the check cells from executed notebooks.
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
    """The notebook as it is committed."""
    clean = copy.deepcopy(notebook)
    clean.metadata = nbformat.from_dict(METADATA)  # type: ignore[no-untyped-call]
    clean.nbformat_minor = max(clean.nbformat_minor, 5)  # from 4.5 on cells have names that stay
    for number, cell in enumerate((cell for cell in clean.cells if cell.cell_type == "code"), start=1):
        _clean_outputs(cell, number)
    for cell in clean.cells:
        kept = {key: value for key, value in cell.metadata.items() if key in CELL_METADATA and value}
        cell.metadata = nbformat.from_dict(kept)  # type: ignore[no-untyped-call]
    return clean


def adopted(notebook: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """The notebook with the check cells' outputs of an executed one; those of a check that failed are not taken."""
    kept = [cell for cell in notebooks.code_cells(executed) if _keeps(cell)]
    outputs = {cell.id: cell.outputs for cell in kept if all(each.output_type == "stream" for each in cell.outputs)}
    clean = copy.deepcopy(notebook)
    for cell in clean.cells:
        if cell.cell_type == "code" and cell.id in outputs:
            cell.outputs = copy.deepcopy(outputs[cell.id])
    return cleaned(clean)


def _clean_outputs(cell: NotebookNode, number: int) -> None:
    """nbval compares the outputs of a cell only where it has a count; which one is all the same, so it is its place."""
    cell.outputs = [_plain(output) for output in cell.outputs] if _keeps(cell) else []
    cell.execution_count = number if cell.outputs else None


def _plain(output: NotebookNode) -> NotebookNode:
    kept = {key: value for key, value in output.items() if key in ("name", "output_type", "text")}
    plain: NotebookNode = nbformat.from_dict(kept)  # type: ignore[no-untyped-call]
    return plain


def _keeps(cell: NotebookNode) -> bool:
    return KEEPS_OUTPUT in notebooks.tags(cell)


def wanted(sections: Sequence[SectionFiles], executed: Path | None = None) -> dict[Path, str]:
    """Each notebook's text as it is to be committed, by path: clean, with its navigation, with fresh check outputs."""
    return {section.notebook: _wanted(section, sections, executed) for section in sections}


def _wanted(section: SectionFiles, sections: Sequence[SectionFiles], executed: Path | None) -> str:
    notebook = notebooks.load(section.notebook)
    fresh = executed / section.notebook.name if executed else None
    if fresh and fresh.exists():
        notebook = adopted(notebook, notebooks.load(fresh))
    return in_order(notebook, section, sections)


def in_order(notebook: NotebookNode, section: SectionFiles, sections: Sequence[SectionFiles]) -> str:
    """The text of a section's notebook as it is to be committed: clean, and with its navigation."""
    return notebooks.dumps(navigation.navigated(cleaned(notebook), section, sections))


def unrun(path: Path, project: Path = PROJECT) -> str:
    """A notebook's text as if nobody had run it here: the committed text where only running and saving changed it.

    Where somebody changed a cell's source, kind or tags, it is the file's own text, outputs and all.
    """
    mine, course = path.read_text(encoding="utf-8"), committed_or_none(path, project)
    if course is None:
        return mine
    same = notebooks.content(notebooks.loads(mine)) == notebooks.content(notebooks.loads(course))
    return course if same else mine


def main(arguments: Sequence[str]) -> int:
    """Put notebooks and README in order, or say which are not; the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m helpers.course.hygiene", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit status 1 where there is something to do"
    )
    parser.add_argument("--adopt", type=Path, metavar="FOLDER", help="executed notebooks to take check outputs from")
    options = parser.parse_args(arguments)
    sections = discover()
    texts = wanted(sections, options.adopt) | navigation.wanted(sections)
    stale = {path: text for path, text in texts.items() if path.read_text(encoding="utf-8") != text}
    for path, text in stale.items():
        print(f"{path.relative_to(PROJECT)} {'is not in order' if options.check else 'is put in order'}")
        if not options.check:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
