"""A folder that is built, and the edits that a scenario makes to it: never on disk, never the same twice."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypedDict

from helpers.core.errors import WorkbookError
from helpers.core.masking import hiding, secret_build_args
from helpers.core.records import Scenario

# Comment marker by file extension
_COMMENT = {
    **dict.fromkeys((".mod", ".js", ".ts", ".mjs", ".rs", ".java", ".kt", ".c", ".cc", ".cpp", ".cs", ".swift"), "//"),
    **dict.fromkeys((".py", ".rb", ".sh", ".txt", ".toml", ".lock", ".ex", ".pl", ".r"), "#"),
}
_MAIN = re.compile(r"^package main$.*^func main\(\)", re.MULTILINE | re.DOTALL)
_SOURCES = ("main.py", "app.py", "index.js", "server.js", "src/index.js", "src/index.ts", "src/main.rs", "app.rb")
_DEPENDENCIES = ("go.mod", "requirements.txt", "pyproject.toml", "Gemfile", "Cargo.toml")
# go-isatty 0.0.17 changes nothing that the sample API uses, and go.sum has the checksums of both versions
_OLD_MODULE, _NEW_MODULE = "github.com/mattn/go-isatty v0.0.16", "github.com/mattn/go-isatty v0.0.17"


@dataclass(frozen=True)
class Editable:
    """The files of a project that the scenarios edit; None if no suitable file is known."""

    source: str | None
    dependency: str | None

    def edits(self, scenario: str, folder: Path, nonce: str) -> dict[str, bytes]:
        """The edited files, path → content, to send to the engine; empty for `cold` and `unchanged`.

        Raises WorkbookError if the project has no file that the scenario can edit.
        """
        if scenario == Scenario.SOURCE_EDIT:
            return {self._named(self.source, scenario): _edited_source(folder / str(self.source), nonce)}
        if scenario == Scenario.DEPENDENCY_EDIT:
            return {self._named(self.dependency, scenario): _edited_dependency(folder / str(self.dependency), nonce)}
        return {}

    def allows(self, scenario: str) -> bool:
        """Whether the project has a file for the scenario to edit."""
        needed = {Scenario.SOURCE_EDIT: self.source, Scenario.DEPENDENCY_EDIT: self.dependency}
        return needed.get(Scenario(scenario), "") is not None

    @staticmethod
    def _named(path: str | None, scenario: str) -> str:
        if path is None:
            raise WorkbookError(
                f"The scenario {scenario} needs a file to edit, and the workbook found none in this project.",
                "Name one: open_folder(…, source='…', dependency='…')",
            )
        return path


def editable(folder: Path, source: str | None = None, dependency: str | None = None) -> Editable:
    """The files to edit in a project: the given ones, else the first that match common names."""
    return Editable(
        source or _main_file(folder) or _first(folder, _SOURCES), dependency or _first(folder, _DEPENDENCIES)
    )


def _main_file(folder: Path) -> str | None:
    """The Go file with the main function, the one closest to the project's root."""
    found = (path for path in folder.rglob("*.go") if _MAIN.search(path.read_text(encoding="utf-8", errors="replace")))
    nearest = min(found, key=lambda path: (len(path.parts), path), default=None)
    return nearest.relative_to(folder).as_posix() if nearest else None


def _first(folder: Path, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if (folder / name).is_file()), None)


def _edited_source(path: Path, nonce: str) -> bytes:
    """The file with one more line. In Go it is code: a comment would not change the binary."""
    if path.suffix == ".go":
        return path.read_bytes() + f'\nfunc init() {{ println("edited {nonce}") }}\n'.encode()
    return _commented(path, nonce)


def _edited_dependency(path: Path, nonce: str) -> bytes:
    text = _commented(path, nonce)
    return text.replace(_OLD_MODULE.encode(), _NEW_MODULE.encode())


def _commented(path: Path, nonce: str) -> bytes:
    mark = _COMMENT.get(path.suffix)
    if mark is None:
        raise WorkbookError(
            f"{path.name} can't be edited: the workbook doesn't know the comment syntax of this file type.",
            "Name another file: open_folder(…, source='…', dependency='…')",
        )
    return path.read_bytes() + f"\n{mark} edited {nonce}\n".encode()


class Limits(TypedDict, total=False):
    """Limits of a project's containers that replace the course's."""

    memory: str  # "4g"
    processes: int  # including threads
    new_privileges: bool  # True: allow what no-new-privileges forbids


@dataclass(frozen=True)
class Project:
    """A folder to build, and how to check the health of its program."""

    folder: Path
    port: int = 8080
    health_path: str = "/health"
    slow_path: str | None = None  # responds slowly, to test SIGTERM with a request in flight
    source: str | None = None  # the file that a source edit changes; None: found by name
    dependency: str | None = None
    patience: float = 120.0  # seconds to wait for the first successful response
    build_args: Mapping[str, str] = field(default_factory=dict)  # for every build; secret values are never recorded
    secrets: Mapping[str, str] = field(default_factory=dict)  # by ID, for RUN --mount=type=secret; never recorded
    limits: Limits = field(default_factory=Limits)
    environment: Mapping[str, str] = field(default_factory=dict)  # of every container, in addition to the image's
    command: Sequence[str] | None = None  # of every container; None: the image's CMD

    @cached_property
    def editable(self) -> Editable:
        """The files that the scenarios edit."""
        return editable(self.folder, self.source, self.dependency)

    @cached_property
    def hide(self) -> Callable[[str], str]:
        """A function that masks secrets, and secret values of build arguments and variables, in a text."""
        return hiding(
            [*secret_build_args(self.build_args), *secret_build_args(self.environment), *self.secrets.values()]
        )
