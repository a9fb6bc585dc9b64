"""Puts a section's Dockerfiles back as the course has them, and never loses what the reader wrote.

The course's text is that of the last commit: of the Dockerfile, and of the notebook's cells that write Dockerfiles. It
goes into the project's own files and into the learner's copies, where there are any.
"""

from collections.abc import Iterator
from copy import copy
from itertools import count
from pathlib import Path

from nbformat import NotebookNode

from helpers.course import notebook as notebooks
from helpers.course.committed import committed
from helpers.course.copies import FOLDER
from helpers.course.sections import PROJECT, SectionFiles, discover, find

RELOAD = "A notebook that is open shows the old text until it is reloaded: File → Reload Notebook from Disk."


def reset(section: str | None = None) -> int:
    """Put one section back, or all, say what was done, and return the exit status.

    Raises UnknownSection, and WorkbookError where the course's text cannot be read.
    """
    chosen = (find(section),) if section else discover()
    copies = [files.in_folder(FOLDER) for files in chosen]
    there = [*chosen, *(files for files in copies if files.dockerfiles.is_dir())]
    lines = [line for files in there for line in put_back(files)]
    for line in lines:
        print(line)
    print(RELOAD if lines else "Nothing to do: every Dockerfile is as the course has it.")
    return 0


def put_back(files: SectionFiles, project: Path = PROJECT) -> list[str]:
    """Put the section's Dockerfiles and the cells that write them back; a line for everything that was changed.

    The files are the project's own or the learner's copies in a folder inside it.
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
        yield f"{_shown(path, project)} is as the course has it again."


def _reset_cells(files: SectionFiles, project: Path) -> Iterator[str]:
    """Cells that write Dockerfiles, those of the reader's notebook set to the text of the committed one."""
    mine = notebooks.load(files.notebook)
    course = _course(files, project)
    changed = [cell for cell in course.cells if notebooks.is_dockerfile_cell(cell) and not _has(mine, cell)]
    for cell in changed:
        path = files.dockerfiles / notebooks.written_name(cell)
        for lost in _replace(mine, cell, course):
            yield from _keep(path, notebooks.written_text(lost), notebooks.written_text(cell), project)
        yield f"The cell of {_shown(files.notebook, project)} that writes {path.name} is as the course has it again."
    if changed:
        notebooks.save(mine, files.notebook)


def _dockerfiles(files: SectionFiles, project: Path) -> list[Path]:
    """The Dockerfiles that the section's committed notebook writes."""
    cells = [cell for cell in _course(files, project).cells if notebooks.is_dockerfile_cell(cell)]
    names = [notebooks.written_name(cell) for cell in cells]
    return [files.dockerfiles / name for name in dict.fromkeys(names)]


def _course(files: SectionFiles, project: Path) -> NotebookNode:
    """The section's notebook as it is committed."""
    return notebooks.loads(committed(files.in_folder(project).notebook, project))


def _has(notebook: NotebookNode, wanted: NotebookNode) -> bool:
    return any(cell.cell_type == "code" and cell.source == wanted.source for cell in notebook.cells)


def _replace(mine: NotebookNode, wanted: NotebookNode, course: NotebookNode) -> list[NotebookNode]:
    """Set the reader's cell to the wanted one's text, or put it in where it is gone; the cells that were changed."""
    name = notebooks.written_name(wanted)
    for cell in mine.cells:
        if cell.get("id") == wanted.get("id") or (cell.cell_type == "code" and notebooks.written_name(cell) == name):
            before = copy(cell)
            cell.update(cell_type="code", source=wanted.source, outputs=[], execution_count=None)
            return [before] if notebooks.written_name(before) else []
    mine.cells.insert(course.cells.index(wanted), wanted)
    return []


def _keep(path: Path, yours: str, course: str, project: Path) -> Iterator[str]:
    """Keep the reader's text beside the Dockerfile, in a file of its own that git ignores."""
    if not yours.strip() or yours == course:
        return
    for number in count(1):
        kept = path.with_name(f"{path.stem}.yours{f'-{number}' if number > 1 else ''}.Dockerfile")
        if kept.exists() and kept.read_text(encoding="utf-8") == yours:
            return
        if not kept.exists():
            kept.write_text(yours, encoding="utf-8", newline="\n")
            yield f"Your text is kept in {_shown(kept, project)}."
            return


def _shown(path: Path, project: Path) -> str:
    return path.relative_to(project).as_posix()
