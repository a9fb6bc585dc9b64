"""The learner's own copies of the notebooks and Dockerfiles, in a folder that git ignores.

`python3 -m helpers lab` makes the copies and opens them, so that running, editing and saving never changes the course's
own files. Sections that the learner did not change are updated with the course; changed ones are left alone.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from helpers.core.paths import PROJECT
from helpers.course import notebooks
from helpers.course.sections import MARK, OWN_PROJECT, SectionFiles, discover

FOLDER = PROJECT / "my-course"
EXAMPLE = "own-project"  # the default project of the notebook that measures the learner's own application
README = "README.md"
GLOSSARY = "docs/glossary.md"  # the notebooks link it
_TEXT = """# Your copy of the course

`python3 -m helpers lab` made this folder. The notebooks and Dockerfiles in it are yours: edit, run and save them. Git
ignores the folder, so you can still `git pull`.

- When the course changes, `lab` updates the sections that you didn't change. It leaves the ones that you changed alone
  and lists them.
- `python3 -m helpers reset 05` restores the Dockerfiles of section 05 and saves your versions next to them.
- `python3 -m helpers clean` never touches this folder. To start over, rename or delete it, then run `lab` again.

"""
_MADE = "Your own copies of the notebooks and Dockerfiles are in {folder}. Git ignores that folder."
_UPDATED = "Updated to the course's latest version, because you hadn't changed them: {names}."
_KEPT = (
    "You changed {names}, and the course has a newer version. Your files were not changed. "
    "To get the newer version, rename yours, then run `lab` again."
)
_DROPPED = "{name} is no longer part of the course. Your copy was kept. Delete it if you don't need it."

Parts = Mapping[str, bytes]  # the course's files: content by path in the folder


def update(folder: Path = FOLDER, project: Path = PROJECT) -> list[str]:
    """Creates missing copies and updates those that the learner did not change; returns messages to print."""
    is_new = not (folder / MARK).exists()
    known, sections = _read_record(folder), discover(project)
    documents = _documents(sections, project)
    groups = {section.name: _parts(section) for section in sections} | documents
    changed = [name for name, parts in groups.items() if _update_section(folder, parts, known)]
    updated = [name for name in changed if name not in documents]
    kept = [name for parts in groups.values() for name in _outdated(folder, parts, known)]
    dropped = known.keys() - {name for parts in groups.values() for name in parts}
    lines = [_DROPPED.format(name=_shown(folder / name)) for name in sorted(dropped) if (folder / name).exists()]
    _write(folder / MARK, json.dumps({name: known[name] for name in sorted(known.keys() - dropped)}, indent=1).encode())
    lines += [_MADE.format(folder=_shown(folder))] if is_new else []
    lines += [_UPDATED.format(names=", ".join(updated))] if updated else []
    return lines + ([_KEPT.format(names=", ".join(_shown(folder / name) for name in kept))] if kept else [])


def _update_section(folder: Path, parts: Parts, known: dict[str, str]) -> bool:
    """Updates one section's files; returns whether an existing file was updated.

    If the learner changed any of them, only missing files are written: a notebook and its Dockerfiles belong together.
    """
    changed = any(_is_changed(folder, name, course, known) for name, course in parts.items())
    updated = False
    for name, course in parts.items():
        there, wanted = (folder / name).exists(), _digest(name, course)
        if there and _digest(name, (folder / name).read_bytes()) == wanted:
            known[name] = wanted
        elif not there or not changed:
            _write(folder / name, course)
            known[name] = wanted
            updated = updated or there
    return updated


def _is_changed(folder: Path, name: str, course: bytes, known: Mapping[str, str]) -> bool:
    """Whether the learner's file differs from both the copied version and the course's current one."""
    if not (folder / name).exists():
        return False
    return _digest(name, (folder / name).read_bytes()) not in (known.get(name), _digest(name, course))


def _outdated(folder: Path, parts: Parts, known: Mapping[str, str]) -> list[str]:
    """The files that the learner changed, if the course has a newer version of any file of the section."""
    if all(known.get(name) == _digest(name, course) for name, course in parts.items()):
        return []
    return [name for name, course in parts.items() if _is_changed(folder, name, course, known)]


def _parts(section: SectionFiles) -> dict[str, bytes]:
    """The course's files of a section."""
    others = [path for path in section.dockerfiles.glob(f"{section.name}.*Dockerfile") if ".yours" not in path.name]
    for folder in section.dockerfiles.glob(f"{section.name}.*/"):  # what a variant is built from
        others += _visible(folder)
    if section.number == OWN_PROJECT:
        others += _visible(section.notebook.with_name(EXAMPLE))
    texts = {section.notebook: _clean(section), **{path: path.read_bytes() for path in sorted(others)}}
    return {path.relative_to(section.folder).as_posix(): text for path, text in texts.items()}


def _visible(folder: Path) -> Iterator[Path]:
    """The files below the folder, without Jupyter's checkpoints."""
    return (path for path in folder.rglob("*") if path.is_file() and ".ipynb_checkpoints" not in path.parts)


def _clean(section: SectionFiles) -> bytes:
    """The section's notebook without outputs and other traces of a run."""
    text = notebooks.committed_unless_edited(section.notebook, section.folder)
    return notebooks.dumps(notebooks.cleaned(notebooks.loads(text))).encode()


def _documents(sections: Sequence[SectionFiles], project: Path) -> dict[str, Parts]:
    """The README of the folder and the glossary, each a group of its own."""
    glossary = project / GLOSSARY
    others = {GLOSSARY: {GLOSSARY: glossary.read_bytes()}} if glossary.is_file() else {}
    return {README: {README: _readme(sections)}, **others}


def _readme(sections: Sequence[SectionFiles]) -> bytes:
    return f"{_TEXT}{notebooks.table(sections)}\n".encode()


def _digest(name: str, content: bytes) -> str:
    """A hash of the file's content; for a notebook, of its sources and tags only, so that running it changes nothing.

    A notebook that cannot be read gets a value of its own, so it counts as changed and is kept.
    """
    written = content.replace(b"\r\n", b"\n")
    if name.endswith(".ipynb"):
        try:
            written = json.dumps(notebooks.content(notebooks.loads(content.decode()))).encode()
        except (ValueError, KeyError, AttributeError):
            return "unreadable"
    return hashlib.sha256(written).hexdigest()


def _read_record(folder: Path) -> dict[str, str]:
    """The digest of each copied file, by path in the folder; empty if the record is missing or damaged.

    Without a record, every file that differs from the course counts as changed.
    """
    try:
        found = json.loads((folder / MARK).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, content: bytes) -> None:
    """Writes the file atomically: if the disk is full, the older version stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    new.replace(path)


def _shown(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else str(path)
