"""The way through the course: previous, contents and next under each notebook, the table of sections in the README.

Generated from the notebooks' own titles, so that no list has to be kept; helpers.course.hygiene writes it.
"""

import copy
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.course.sections import AIMS, PROJECT, SectionFiles

CELL = "navigation"  # the cell's name, by which it is found again
CONTENTS = "[Contents](../README.md)"
BEGIN, END = "<!-- sections: generated -->", "<!-- /sections -->"
README = PROJECT / "README.md"


def navigated(notebook: NotebookNode, section: SectionFiles, sections: Sequence[SectionFiles]) -> NotebookNode:
    """The notebook with its navigation as the last cell."""
    done = copy.deepcopy(notebook)
    done.cells = [cell for cell in done.cells if cell.get("id") != CELL]
    done.cells.append(nbformat.v4.new_markdown_cell(line(section, sections), id=CELL))  # type: ignore[no-untyped-call]
    return done


def line(section: SectionFiles, sections: Sequence[SectionFiles]) -> str:
    """The way back, up and on; the first section has no way back, the last none on."""
    place = list(sections).index(section)
    before = [f"← [{each.topic}]({each.notebook.name})" for each in sections[:place][-1:]]
    after = [f"[{each.topic}]({each.notebook.name}) →" for each in sections[place + 1 :][:1]]
    return " · ".join([*before, CONTENTS, *after])


def wanted(sections: Sequence[SectionFiles], readme: Path = README) -> dict[Path, str]:
    """The README's text with its table of sections.

    Raises LookupError where the README does not say where the table goes.
    """
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise LookupError(f"{readme.name} needs the lines {BEGIN} and {END}, between which the table of sections goes")
    return {readme: f"{before}{BEGIN}\n{table(sections)}\n{END}{after}"}


def table(sections: Sequence[SectionFiles]) -> str:
    """All sections with links to their notebooks and Dockerfiles, and their aims in words."""
    return "\n".join(["| section | aims | Dockerfile |", "|---|---|---|", *map(_row, sections)])


def _row(section: SectionFiles) -> str:
    aims = ", ".join(f"{badge} {AIMS[badge]}" for badge in section.aims)
    dockerfile = f"[{section.dockerfile.name}](dockerfiles/{section.dockerfile.name})" if section.has_dockerfile else ""
    return f"| [{section.title}](notebooks/{section.notebook.name}) | {aims} | {dockerfile} |"
