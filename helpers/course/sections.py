"""Which sections the course has, found by the names of their files and by nothing else."""

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from helpers.records.errors import UnknownSection

PROJECT = Path(__file__).resolve().parents[2]
MARK = ".dockerfile-workbook.json"  # the file that tells a folder of copies, which helpers.course.copies keeps
NAME = re.compile(r"(?P<number>\d\d)-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)")
OWN_PROJECT = "12"  # the section that measures another application: it is compared with no other
AIMS = {"🔒": "security", "🏎️": "build speed", "👁️": "clarity"}
_TITLE = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class SectionFiles:
    """One section as it lies on disk: its notebook, its Dockerfile, and what the notebook says of itself."""

    notebook: Path
    dockerfiles: Path  # the folder of all Dockerfiles

    @property
    def folder(self) -> Path:
        """The folder that both lie in: the project, or one with copies."""
        return self.dockerfiles.parent

    def in_folder(self, folder: Path) -> "SectionFiles":
        """The same section in another folder that is laid out as the project is."""
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
        """Where the section's final Dockerfile lies, or would lie: not every section has one."""
        return self.dockerfiles / f"{self.name}.Dockerfile"

    @property
    def has_dockerfile(self) -> bool:
        """Whether the section builds a Dockerfile of its own."""
        return self.dockerfile.is_file()

    @property
    def title(self) -> str:
        """The notebook's own title, without the badges: "04 · Copy go.mod first"."""
        match = _TITLE.search(self._opening)
        words = (match["title"] if match else self.name).split()
        return " ".join(word for word in words if word not in AIMS)

    @property
    def topic(self) -> str:
        """The title without the idea in brackets."""
        return self.title.partition(" (")[0]

    @property
    def aims(self) -> tuple[str, ...]:
        """The badges that its first cell shows, in the course's order."""
        return tuple(badge for badge in AIMS if badge in self._opening)

    @cached_property
    def _opening(self) -> str:
        # Every kernel asks for titles; nbformat would say the same, and takes a second to be imported
        cells = json.loads(self.notebook.read_text(encoding="utf-8"))["cells"]
        return "".join(cells[0]["source"]) if cells else ""


def discover(project: Path = PROJECT) -> tuple[SectionFiles, ...]:
    """All sections of the course in their order."""
    found = sorted((project / "notebooks").glob("*.ipynb"))
    return tuple(SectionFiles(path, project / "dockerfiles") for path in found if NAME.fullmatch(path.stem))


def at_work(here: Path | None = None) -> tuple[SectionFiles, ...]:
    """All sections, in the folder whose notebook is at work in a kernel.

    A kernel starts in its notebook's folder, under JupyterLab, VS Code, nbval and `run`, and `%%writefile` writes from
    there. Below a folder of copies the sections are the copies; anywhere else they are the project's.
    """
    here = here or Path.cwd()
    folder = next((each for each in (here, *here.parents) if (each / MARK).is_file()), PROJECT)
    return tuple(section.in_folder(folder) for section in discover())


def find(name: str, sections: Sequence[SectionFiles] | None = None) -> SectionFiles:
    """The section meant by "04-copy-go-mod-first", "copy-go-mod-first", "04", "4" or a notebook's path.

    Raises UnknownSection, with all names and the nearest one, where none is meant.
    """
    known = discover() if sections is None else sections
    wanted = Path(name.strip()).name.removesuffix(".ipynb").removesuffix(".Dockerfile").lower()
    for section in known:
        if wanted in (section.name, section.slug, section.number, section.number.lstrip("0") or "0"):
            return section
    raise UnknownSection(f"There is no section {name!r}.{_nearest(wanted, known)}", f"Name one of: {_listed(known)}.")


def from_(number: str, sections: Sequence[SectionFiles] | None = None) -> tuple[SectionFiles, ...]:
    """The section meant by `number` and all that follow it.

    Raises UnknownSection.
    """
    known = discover() if sections is None else sections
    return tuple(known[known.index(find(number, known)) :])


def choose(names: Sequence[str] = (), from_number: str | None = None) -> tuple[SectionFiles, ...]:
    """The sections to run, in the course's order, each once: all, those named, or those from a number on.

    Raises UnknownSection.
    """
    known = discover()
    named = {find(name, known).name for name in names}
    starting = {section.name for section in from_(from_number, known)} if from_number is not None else set()
    wanted = named | starting
    return tuple(section for section in known if not (names or from_number) or section.name in wanted)


def _nearest(wanted: str, known: Sequence[SectionFiles]) -> str:
    names = {alias: section.name for section in known for alias in (section.name, section.slug)}
    close = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    return f" The nearest is {names[close[0]]}." if close else ""


def _listed(known: Sequence[SectionFiles]) -> str:
    return ", ".join(section.name for section in known) or "none: the notebooks folder is empty"
