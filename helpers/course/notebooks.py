"""Notebooks as files: cells, tags, navigation, and the form in which they are committed."""

import argparse
import copy
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.core.paths import PROJECT
from helpers.course import minutes
from helpers.course.sections import AIMS, SectionFiles, badges_in, committed_or_none, discover

WRITES_FILE = "%%writefile "


def load(path: Path) -> NotebookNode:
    """The notebook in the file, converted to notebook format 4."""
    return loads(path.read_text(encoding="utf-8"))


def loads(text: str) -> NotebookNode:
    """The notebook in a file's text."""
    found: NotebookNode = nbformat.reads(text, as_version=4)
    return found


def save(notebook: NotebookNode, path: Path) -> None:
    """Writes the notebook to the file exactly as Jupyter's tools do."""
    path.write_text(dumps(notebook), encoding="utf-8", newline="\n")


def dumps(notebook: NotebookNode) -> str:
    """The text of the notebook's file."""
    return str(nbformat.writes(notebook)) + "\n"


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


CELL = "navigation"  # the id of the navigation cell
CONTENTS = "[Contents](../README.md) · [Glossary](../docs/glossary.md)"
BEGIN, END = "<!-- sections: generated -->", "<!-- /sections -->"
README = PROJECT / "README.md"


def navigated(notebook: NotebookNode, section: SectionFiles, sections: Sequence[SectionFiles]) -> NotebookNode:
    """A copy of the notebook with the navigation as its last cell."""
    done = copy.deepcopy(notebook)
    done.cells = [cell for cell in done.cells if cell.get("id") != CELL]
    done.cells.append(nbformat.v4.new_markdown_cell(line(section, sections), id=CELL))
    return done


def line(section: SectionFiles, sections: Sequence[SectionFiles]) -> str:
    """The links to the previous section, the contents, the glossary and the next section with its minutes."""
    place = list(sections).index(section)
    before = [f"← [{each.title}]({each.notebook.name})" for each in sections[:place][-1:]]
    after = [f"[{each.title}]({each.notebook.name}){_in_brackets(each)} →" for each in sections[place + 1 :][:1]]
    return " · ".join([*before, CONTENTS, *after])


def _in_brackets(section: SectionFiles) -> str:
    time = minutes.committed(section.name)
    return f" ({time})" if time else ""


_AIMS_LINE = re.compile(r"^Aims?: ")


def with_aims(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook whose first cell ends with a line of its badges and their names: "Aim: 🏎️ build speed".

    A badge in the title moves to that line. An emoji alone would have no text alternative: JupyterLab removes ARIA
    attributes from Markdown.
    """
    done = copy.deepcopy(notebook)
    if done.cells and (badges := badges_in(done.cells[0].source)):
        title, *others = done.cells[0].source.split("\n\n")
        title = " ".join(word for word in title.split(" ") if word not in AIMS)
        kept = [paragraph for paragraph in others if not _AIMS_LINE.match(paragraph)]
        named = " · ".join(f"{badge} {AIMS[badge]}" for badge in badges)
        done.cells[0].source = "\n\n".join([title, *kept, f"Aim{'s' if len(badges) > 1 else ''}: {named}"])
    return done


def with_navigation(sections: Sequence[SectionFiles], readme: Path = README) -> dict[Path, str]:
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
    """A Markdown table of all sections: links, what each is about, its aims and minutes; and where those come from."""
    rows = "\n".join([_HEAD, *map(_row, sections)])
    return f"{rows}\n\n{_MINUTES.format(origin=minutes.origin())}"


_HEAD = "| section | in a sentence | aims | time | Dockerfile |\n|---|---|---|---|---|"
_MINUTES = (
    "Times are for all scenarios, measured {origin}. When you open a section, it shows the time of its last run on "
    "your machine."
)


def _row(section: SectionFiles) -> str:
    aims = ", ".join(f"{badge} {AIMS[badge]}" for badge in section.aims)
    dockerfile = f"[Dockerfile](dockerfiles/{section.dockerfile.name})" if section.has_dockerfile else ""
    link, time = f"[{section.title}](notebooks/{section.notebook.name})", minutes.committed(section.name)
    return f"| {link} | {section.idea.replace('|', '&#124;')} | {aims} | {time} | {dockerfile} |"


KEEPS_OUTPUT = "nbval-check-output"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = {"tags"}


def cleaned(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook, cleaned for committing."""
    clean = copy.deepcopy(notebook)
    clean.metadata = nbformat.from_dict(METADATA)
    clean.nbformat_minor = max(clean.nbformat_minor, 5)  # format 4.5 introduced permanent cell ids
    for number, cell in enumerate((cell for cell in clean.cells if cell.cell_type == "code"), start=1):
        _clean_outputs(cell, number)
    for cell in clean.cells:
        kept = {key: value for key, value in cell.metadata.items() if key in CELL_METADATA and value}
        cell.metadata = nbformat.from_dict(kept)
    return clean


def adopted(notebook: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """A clean copy of the notebook with the check cells' outputs of an executed one, except those of failed checks."""
    kept = [cell for cell in code_cells(executed) if _keeps(cell)]
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
    """The output as a run of the course prints it: a live notebook shows HTML with the same text instead."""
    if text := output.get("data", {}).get("text/plain"):
        output = nbformat.v4.new_output("stream", name="stdout", text=f"{text}\n")
    kept = {key: value for key, value in output.items() if key in ("name", "output_type", "text")}
    plain: NotebookNode = nbformat.from_dict(kept)
    return plain


def _keeps(cell: NotebookNode) -> bool:
    return KEEPS_OUTPUT in tags(cell)


def wanted(sections: Sequence[SectionFiles], executed: Path | None = None) -> dict[Path, str]:
    """The text to commit of each notebook, by path: clean, with navigation and, from `executed`, check outputs."""
    return {section.notebook: _wanted(section, sections, executed) for section in sections}


def _wanted(section: SectionFiles, sections: Sequence[SectionFiles], executed: Path | None) -> str:
    notebook = load(section.notebook)
    fresh = executed / section.notebook.name if executed else None
    if fresh and fresh.exists():
        notebook = adopted(notebook, load(fresh))
    return text_to_commit(notebook, section, sections)


def text_to_commit(notebook: NotebookNode, section: SectionFiles, sections: Sequence[SectionFiles]) -> str:
    """The text to commit of a section's notebook: clean, with its aims and navigation."""
    return dumps(navigated(with_aims(cleaned(notebook)), section, sections))


def committed_unless_edited(path: Path, project: Path = PROJECT) -> str:
    """The committed text of a notebook if it was only run and saved since.

    If a cell's source, type or tags were edited, or the notebook is not committed, the file's own text with outputs.
    """
    mine, course = path.read_text(encoding="utf-8"), committed_or_none(path, project)
    if course in (None, mine):
        return mine
    same = content(loads(mine)) == content(loads(course))
    return course if same else mine


def stale(sections: Sequence[SectionFiles], readme: Path = README) -> list[str]:
    """The names of the files that need an update; a notebook that was only run and saved needs none."""
    committed = {section: committed_unless_edited(section.notebook, section.folder) for section in sections}
    files = [each.notebook for each, text in committed.items() if text != text_to_commit(loads(text), each, sections)]
    files += [
        path for path, text in with_navigation(sections, readme).items() if path.read_text(encoding="utf-8") != text
    ]
    return [path.name for path in files]


def main(arguments: Sequence[str]) -> int:
    """Updates the notebooks and the README, or lists those that are out of date; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m helpers.course.notebooks", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit with status 1 if a file is out of date"
    )
    parser.add_argument("--adopt", type=Path, metavar="FOLDER", help="take check outputs from this folder's notebooks")
    options = parser.parse_args(arguments)
    sections = discover()
    texts = wanted(sections, options.adopt) | with_navigation(sections)
    stale = {path: text for path, text in texts.items() if path.read_text(encoding="utf-8") != text}
    for path, text in stale.items():
        print(f"{path.relative_to(PROJECT)} {'is out of date' if options.check else 'was updated'}.")
        if not options.check:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
