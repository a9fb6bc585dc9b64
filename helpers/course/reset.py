"""Resets a section's Dockerfiles to the committed version, and saves the learner's text first.

Resets both the Dockerfiles and the notebook cells that write them, in the project and in the learner's copies.
"""

from collections.abc import Iterator
from copy import copy
from itertools import count
from pathlib import Path

from nbformat import NotebookNode

from helpers.core.paths import PROJECT
from helpers.course import notebooks as notebooks
from helpers.course.copies import FOLDER
from helpers.course.sections import SectionFiles, committed, discover, find

RELOAD = "An open notebook shows the old text until you reload it: File → Reload Notebook from Disk."


def reset(section: str | None = None) -> list[str]:
    """Resets one section, or all; returns a line for each change, and what to do next.

    Raises UnknownSection, and WorkbookError if the committed text cannot be read.
    """
    chosen = (find(section),) if section else discover()
    copies = [files.in_folder(FOLDER) for files in chosen]
    there = [*chosen, *(files for files in copies if files.dockerfiles.is_dir())]
    lines = [line for files in there for line in put_back(files)]
    return [*lines, RELOAD if lines else "Nothing to do: every Dockerfile already matches the course."]


def put_back(files: SectionFiles, project: Path = PROJECT) -> list[str]:
    """Resets the section's Dockerfiles and the cells that write them; returns a message for each change.

    `files` are the project's own or the learner's copies in a folder of the project.
    """
    cells = _reset_cells(files, project) if files.notebook.is_file() else ()
    return [*cells, *_reset_files(files, project)]


def _reset_files(files: SectionFiles, project: Path) -> Iterator[str]:
    for path in _dockerfiles(files, project):
        course = committed(project / path.relative_to(files.folder), project)
        yours = path.read_text(encoding="utf-8") if path.exists() else course
        if path.exists() and yours == course:
            continue
        yield from _keep(path, yours, course, project)
        path.write_text(course, encoding="utf-8", newline="\n")
        yield f"{_shown(path, project)} was reset to the course version."


def _reset_cells(files: SectionFiles, project: Path) -> Iterator[str]:
    """Resets the cells of the learner's notebook that write Dockerfiles to the committed text."""
    mine = notebooks.load(files.notebook)
    course = _course(files, project)
    changed = [cell for cell in course.cells if notebooks.is_dockerfile_cell(cell) and not _has(mine, cell)]
    for cell in changed:
        path = files.dockerfiles / notebooks.written_name(cell)
        for replaced in _replace(mine, cell, course):
            yield from _keep(path, notebooks.written_text(replaced), notebooks.written_text(cell), project)
        yield f"The cell of {_shown(files.notebook, project)} that writes {path.name} was reset to the course version."
    if changed:
        notebooks.save(mine, files.notebook)


def _dockerfiles(files: SectionFiles, project: Path) -> list[Path]:
    """The Dockerfiles that the section's committed notebook writes."""
    cells = [cell for cell in _course(files, project).cells if notebooks.is_dockerfile_cell(cell)]
    names = [notebooks.written_name(cell) for cell in cells]
    return [files.dockerfiles / name for name in dict.fromkeys(names)]


def _course(files: SectionFiles, project: Path) -> NotebookNode:
    """The section's committed notebook."""
    return notebooks.loads(committed(files.in_folder(project).notebook, project))


def _has(notebook: NotebookNode, wanted: NotebookNode) -> bool:
    return any(cell.cell_type == "code" and cell.source == wanted.source for cell in notebook.cells)


def _replace(mine: NotebookNode, wanted: NotebookNode, course: NotebookNode) -> list[NotebookNode]:
    """Sets the learner's cell to the wanted text, or inserts it if it's missing; returns the replaced cells."""
    name = notebooks.written_name(wanted)
    for cell in mine.cells:
        if cell.get("id") == wanted.get("id") or (cell.cell_type == "code" and notebooks.written_name(cell) == name):
            before = copy(cell)
            cell.update(cell_type="code", source=wanted.source, outputs=[], execution_count=None)
            return [before] if notebooks.written_name(before) else []
    mine.cells.insert(course.cells.index(wanted), wanted)
    return []


def _keep(path: Path, yours: str, course: str, project: Path) -> Iterator[str]:
    """Saves the learner's text next to the Dockerfile, in a separate file that Git ignores."""
    if not yours.strip() or yours == course:
        return
    for number in count(1):
        kept = path.with_name(f"{path.stem}.yours{f'-{number}' if number > 1 else ''}.Dockerfile")
        if kept.exists() and kept.read_text(encoding="utf-8") == yours:
            return
        if not kept.exists():
            kept.write_text(yours, encoding="utf-8", newline="\n")
            yield f"Your text was saved as {_shown(kept, project)}."
            return


def _shown(path: Path, project: Path) -> str:
    return path.relative_to(project).as_posix()
