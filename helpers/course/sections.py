"""The sections of the course, discovered by the names of their files."""

import difflib
import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from helpers.core.errors import UnknownSection, WorkbookError
from helpers.core.paths import PROJECT

MARK = ".dockerfile-workbook.json"  # marks a folder of copies; written by helpers.course.copies
NAME = re.compile(r"(?P<number>\d\d)-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)")
OWN_PROJECT = "12"  # the section that measures the learner's own application; not compared with the others
AIMS = {"🔒": "security", "🏎️": "build speed", "👁️": "clarity"}
_MARKUP = re.compile(r"<!--.*?-->|\*\*|\[(?P<text>[^]]*)\]\([^)]*\)")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s")
_TITLE = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class SectionFiles:
    """The files of one section: its notebook, its Dockerfile, and the title and aims in the notebook."""

    notebook: Path
    dockerfiles: Path  # the folder with all Dockerfiles

    @property
    def folder(self) -> Path:
        """The folder that contains both: the project or a folder of copies."""
        return self.dockerfiles.parent

    def in_folder(self, folder: Path) -> "SectionFiles":
        """The same section in another folder with the project's layout."""
        return SectionFiles(folder / "notebooks" / self.notebook.name, folder / "dockerfiles")

    @property
    def name(self) -> str:
        """The section's full name, "04-copy-go-mod-first"."""
        return self.notebook.stem

    @property
    def number(self) -> str:
        """The section's two digits, "04"."""
        return self.name[:2]

    @property
    def slug(self) -> str:
        """The name without its number, "copy-go-mod-first"."""
        return self.name[3:]

    @property
    def dockerfile(self) -> Path:
        """The path of the section's final Dockerfile, which may not exist."""
        return self.dockerfiles / f"{self.name}.Dockerfile"

    @property
    def has_dockerfile(self) -> bool:
        """Whether the section has a Dockerfile of its own."""
        return self.dockerfile.is_file()

    @property
    def title(self) -> str:
        """The notebook's title without badges: "04 · Copy go.mod first"."""
        match = _TITLE.search(self._first_cell)
        words = (match["title"] if match else self.name).split()
        return " ".join(word for word in words if word not in AIMS)

    @property
    def idea(self) -> str:
        """The first sentence below the title, as plain text; "" if there is none."""
        paragraph = " ".join(self._first_cell.partition("\n\n")[2].partition("\n\n")[0].split())
        text = _MARKUP.sub(r"\g<text>", paragraph)
        return _SENTENCE_END.split(text, maxsplit=1)[0]

    @property
    def aims(self) -> tuple[str, ...]:
        """The badges in the notebook's first cell, in the order of AIMS."""
        return badges_in(self._first_cell)

    @cached_property
    def _first_cell(self) -> str:
        # json instead of nbformat, whose import takes a second: every kernel reads the titles
        cells = json.loads(self.notebook.read_text(encoding="utf-8"))["cells"]
        return "".join(cells[0]["source"]) if cells else ""


def badges_in(text: str) -> tuple[str, ...]:
    """The badges in the text, each once, in the order of AIMS."""
    return tuple(badge for badge in AIMS if badge in text)


def discover(project: Path = PROJECT) -> tuple[SectionFiles, ...]:
    """All sections of the course in order."""
    found = sorted((project / "notebooks").glob("*.ipynb"))
    return tuple(SectionFiles(path, project / "dockerfiles") for path in found if NAME.fullmatch(path.stem))


def current_sections(here: Path | None = None) -> tuple[SectionFiles, ...]:
    """All sections, from the folder of copies that contains the working directory, or else from the project.

    JupyterLab, VS Code, nbval and `run` start a kernel in its notebook's folder, and `%%writefile` paths are relative
    to it.
    """
    here = here or Path.cwd()
    folder = next((each for each in (here, *here.parents) if (each / MARK).is_file()), PROJECT)
    return tuple(section.in_folder(folder) for section in discover())


def find(name: str, sections: Sequence[SectionFiles] | None = None) -> SectionFiles:
    """The section named by "04-copy-go-mod-first", "copy-go-mod-first", "04", "4" or a notebook's path.

    Raises UnknownSection, with the closest name and a list of all, if there is no such section.
    """
    known = discover() if sections is None else sections
    wanted = Path(name.strip()).name.removesuffix(".ipynb").removesuffix(".Dockerfile").lower()
    for section in known:
        if wanted in (section.name, section.slug, section.number, section.number.lstrip("0") or "0"):
            return section
    raise UnknownSection(f"There is no section {name!r}.{_suggestion(wanted, known)}", f"Use one of: {_listed(known)}.")


def from_(number: str, sections: Sequence[SectionFiles] | None = None) -> tuple[SectionFiles, ...]:
    """The section named by `number` and all that follow it.

    Raises UnknownSection.
    """
    known = discover() if sections is None else sections
    return tuple(known[known.index(find(number, known)) :])


def choose(names: Sequence[str] = (), from_number: str | None = None) -> tuple[SectionFiles, ...]:
    """The sections to run, in course order without duplicates: all, those named, or those from a number on.

    Raises UnknownSection.
    """
    known = discover()
    named = {find(name, known).name for name in names}
    starting = {section.name for section in from_(from_number, known)} if from_number is not None else set()
    wanted = named | starting
    return tuple(section for section in known if not (names or from_number) or section.name in wanted)


def _suggestion(wanted: str, known: Sequence[SectionFiles]) -> str:
    names = {alias: section.name for section in known for alias in (section.name, section.slug)}
    close = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    return f" Did you mean {names[close[0]]}?" if close else ""


def _listed(known: Sequence[SectionFiles]) -> str:
    return ", ".join(section.name for section in known) or "(none, because the notebooks folder is empty)"


NO_HISTORY = "The committed text of {path} could not be read: {reason}."
CLONE = "Reset needs a Git clone. If you downloaded the course without its history, unpack the download again."


def committed(path: Path, project: Path = PROJECT) -> str:
    """The text of a project file in the last commit.

    Raises WorkbookError if the project is not a Git clone or the commit does not contain the file.
    """
    name = path.relative_to(project).as_posix()
    # Git refuses to read a clone owned by another user, such as one made by root or used with sudo
    command = ["git", "-c", f"safe.directory={project}", "-C", str(project), "show", f"HEAD:./{name}"]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=30, check=False)
    except FileNotFoundError:
        raise WorkbookError(NO_HISTORY.format(path=name, reason="git is not installed"), CLONE) from None
    if answer.returncode:
        reason = answer.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise WorkbookError(NO_HISTORY.format(path=name, reason=reason), CLONE)
    return answer.stdout.decode("utf-8")


def committed_or_none(path: Path, project: Path = PROJECT) -> str | None:
    """Like `committed`, but None instead of a WorkbookError."""
    try:
        return committed(path, project)
    except WorkbookError:
        return None
