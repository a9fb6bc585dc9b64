"""Navigation: links to the previous and next notebook, and the README's table of sections.

Generated from the notebooks' titles and written by helpers.course.hygiene.
"""

import copy
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.course.sections import AIMS, PROJECT, SectionFiles

CELL = "navigation"  # the id of the navigation cell
CONTENTS = "[Contents](../README.md)"
BEGIN, END = "<!-- sections: generated -->", "<!-- /sections -->"
README = PROJECT / "README.md"


def navigated(notebook: NotebookNode, section: SectionFiles, sections: Sequence[SectionFiles]) -> NotebookNode:
    """A copy of the notebook with the navigation as its last cell."""
    done = copy.deepcopy(notebook)
    done.cells = [cell for cell in done.cells if cell.get("id") != CELL]
    done.cells.append(nbformat.v4.new_markdown_cell(line(section, sections), id=CELL))  # type: ignore[no-untyped-call]
    return done


def line(section: SectionFiles, sections: Sequence[SectionFiles]) -> str:
    """The links to the previous section, the contents and the next section, as far as they exist."""
    place = list(sections).index(section)
    before = [f"← [{each.topic}]({each.notebook.name})" for each in sections[:place][-1:]]
    after = [f"[{each.topic}]({each.notebook.name}) →" for each in sections[place + 1 :][:1]]
    return " · ".join([*before, CONTENTS, *after])


def wanted(sections: Sequence[SectionFiles], readme: Path = README) -> dict[Path, str]:
    """The README's text with the current table of sections, by path.

    Raises LookupError if the README does not contain the two marker lines.
    """
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise LookupError(f"{readme.name} needs the lines {BEGIN} and {END}. The table of sections goes between them.")
    return {readme: f"{before}{BEGIN}\n{table(sections)}\n{END}{after}"}


def table(sections: Sequence[SectionFiles]) -> str:
    """A Markdown table of all sections: links to notebooks and Dockerfiles, and the aims."""
    return "\n".join(["| section | aims | Dockerfile |", "|---|---|---|", *map(_row, sections)])


def _row(section: SectionFiles) -> str:
    aims = ", ".join(f"{badge} {AIMS[badge]}" for badge in section.aims)
    dockerfile = f"[{section.dockerfile.name}](dockerfiles/{section.dockerfile.name})" if section.has_dockerfile else ""
    return f"| [{section.title}](notebooks/{section.notebook.name}) | {aims} | {dockerfile} |"
