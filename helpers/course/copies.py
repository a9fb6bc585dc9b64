"""The learner's own copies of the notebooks and Dockerfiles, in a folder that git ignores.

`python3 -m helpers lab` makes them and opens them, so that running, editing and saving leaves the course's own files as
they are. A section that the learner did not change follows the course; one that they changed stays as it is.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from helpers.course import hygiene, navigation
from helpers.course import notebook as notebooks
from helpers.course.sections import MARK, OWN_PROJECT, PROJECT, SectionFiles, discover

FOLDER = PROJECT / "my-course"
EXAMPLE = "own-project"  # beside the notebook that measures another application, whose folder it is until it is set
README = "README.md"
_TEXT = """# Your copy of the course

`python3 -m helpers lab` made this folder. The notebooks and Dockerfiles in it are yours: edit, run and save them. Git
ignores the folder, so you can still `git pull`.

- When the course changes, a section that you didn't change follows the next time `lab` starts. One that you changed
  stays as it is, and `lab` tells you so.
- `python3 -m helpers reset 05` puts the Dockerfiles of section 05 back and keeps yours beside them.
- `python3 -m helpers clean` never touches this folder. To begin anew, rename or delete it, then start `lab` again.

"""
_MADE = "Your own copies of the notebooks and Dockerfiles are in {folder}. Git ignores that folder."
_UPDATED = "Updated to the course's newest version, as you had not changed them: {names}."
_KEPT = (
    "You changed {names}, and the course has a newer version. Your files stay as they are. "
    "To take the newer ones, rename yours, then start `lab` again."
)
_DROPPED = "{name} is no longer part of the course. Your copy stays; delete it if you don't need it."

Parts = Mapping[str, bytes]  # the course's own text of files, by their path in the folder


def update(folder: Path = FOLDER, project: Path = PROJECT) -> list[str]:
    """Makes the copies that are missing and updates those that the learner did not change; says so in lines."""
    is_new = not (folder / MARK).exists()
    known, sections = _read_record(folder), discover(project)
    groups = {section.name: _parts(section) for section in sections} | {README: {README: _readme(sections)}}
    updated = [name for name, parts in groups.items() if _follow(folder, parts, known) and name != README]
    kept = [name for parts in groups.values() for name in _outdated(folder, parts, known)]
    dropped = known.keys() - {name for parts in groups.values() for name in parts}
    lines = [_DROPPED.format(name=_shown(folder / name)) for name in sorted(dropped) if (folder / name).exists()]
    _write(folder / MARK, json.dumps({name: known[name] for name in sorted(known.keys() - dropped)}, indent=1).encode())
    lines += [_MADE.format(folder=_shown(folder))] if is_new else []
    lines += [_UPDATED.format(names=", ".join(updated))] if updated else []
    return lines + ([_KEPT.format(names=", ".join(_shown(folder / name) for name in kept))] if kept else [])


def _follow(folder: Path, parts: Parts, known: dict[str, str]) -> bool:
    """Writes one section's files where the learner changed none of them, else those missing; whether one was updated.

    They go together: a notebook writes its Dockerfiles, and its text speaks of them.
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
    """Whether the learner's file is neither what was copied once nor what the course has now."""
    if not (folder / name).exists():
        return False
    return _digest(name, (folder / name).read_bytes()) not in (known.get(name), _digest(name, course))


def _outdated(folder: Path, parts: Parts, known: Mapping[str, str]) -> list[str]:
    """The files that the learner changed, where the course has a newer version of one of the section's files."""
    if all(known.get(name) == _digest(name, course) for name, course in parts.items()):
        return []
    return [name for name, course in parts.items() if _is_changed(folder, name, course, known)]


def _parts(section: SectionFiles) -> dict[str, bytes]:
    """The course's files of a section."""
    others = [path for path in section.dockerfiles.glob(f"{section.name}.*Dockerfile") if ".yours" not in path.name]
    if section.number == OWN_PROJECT:
        others += _visible(section.notebook.with_name(EXAMPLE))
    texts = {section.notebook: _clean(section), **{path: path.read_bytes() for path in sorted(others)}}
    return {path.relative_to(section.folder).as_posix(): text for path, text in texts.items()}


def _visible(folder: Path) -> Iterator[Path]:
    """The files below the folder, without what Jupyter keeps there."""
    return (path for path in folder.rglob("*") if path.is_file() and ".ipynb_checkpoints" not in path.parts)


def _clean(section: SectionFiles) -> bytes:
    """The section's notebook without what a run left in it."""
    return notebooks.dumps(hygiene.cleaned(notebooks.loads(hygiene.unrun(section.notebook, section.folder)))).encode()


def _readme(sections: Sequence[SectionFiles]) -> bytes:
    return f"{_TEXT}{navigation.table(sections)}\n".encode()


def _digest(name: str, content: bytes) -> str:
    """What tells one version of a file from another: of a notebook only what somebody wrote, not what a run left.

    A notebook that cannot be read is unlike any other, so that it stays.
    """
    written = content.replace(b"\r\n", b"\n")
    if name.endswith(".ipynb"):
        try:
            written = json.dumps(notebooks.content(notebooks.loads(content.decode()))).encode()
        except (ValueError, KeyError, AttributeError):
            return "unreadable"
    return hashlib.sha256(written).hexdigest()


def _read_record(folder: Path) -> dict[str, str]:
    """By path in the folder, which version of the course was copied; nothing where the record is lost or damaged.

    What differs from the course counts as changed then.
    """
    try:
        found = json.loads((folder / MARK).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a full disk leaves the older version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    new.replace(path)


def _shown(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else str(path)
