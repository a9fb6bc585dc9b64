"""Opening a section: the engine that answers, the base images it stands on, its Dockerfile."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import docker
from IPython import get_ipython

from helpers.course.section import SCENARIOS, Section
from helpers.course.sections import at_work, find
from helpers.course.subject import Subject
from helpers.engine import base_images
from helpers.engine.connection import connect, describe
from helpers.engine.dockerfile import parent_images
from helpers.experiment.project import Project
from helpers.experiment.scan_cache import ScanCache
from helpers.records import BaseImage
from helpers.records.errors import WorkbookError
from helpers.show import forms, lines
from helpers.show.progress import progress


def open_section(name: str, scenarios: str = "aims", repeats: int = 1) -> Section:
    """The section, on the engine that answers; prints which engine that is and what the base images are.

    `scenarios` is "aims" for those that the section is about, "all" for every one, "variants" for every one of the
    section's variants too. Each build is made `repeats` times, each time from a cache of its own.
    Raises WorkbookError for any other word, UnknownSection, EngineNotFound, EngineRefused, BaseImageError.
    """
    files, client = find(name, at_work()), _client()
    subject = Subject(client, files)
    return _opened(subject, _base_images(client), files.dockerfile, scenarios, repeats)


def open_folder(
    folder: str | Path,
    *,
    port: int = 8080,
    path: str = "/health",
    dockerfile: str = "Dockerfile",
    source: str | None = None,
    dependency: str | None = None,
    build_args: Mapping[str, str] | None = None,
    scenarios: str = "aims",
    repeats: int = 1,
    limits: Mapping[str, Any] | None = None,
) -> Section:
    """Any folder with a Dockerfile, as the last section measures it: how its program is asked, what its edits edit.

    `build_args` are given to every build. Their values are hidden wherever they would be shown or recorded: those of 8
    characters or more, and shorter ones of a name such as DB_PASSWORD.
    `limits` are for its containers, in place of the course's: memory ("4g"), processes, new_privileges (True).
    Raises WorkbookError where there is no such Dockerfile, and what open_section raises.
    """
    root = Path(folder).expanduser().resolve()
    text, ignore = _dockerfile(root / dockerfile)
    project = Project(
        root,
        port=port,
        health_path=path,
        source=source,
        dependency=dependency,
        build_args=dict(build_args or {}),
        limits=limits or {},
    )
    files, client = find("12", at_work()), _client()
    subject = Subject(client, files, text, project=project, file=f"{root.name}/{dockerfile}", dockerignore=ignore)
    base = _base_images(client, parent_images(text))
    return _opened(subject, base, root / dockerfile, scenarios, repeats)


def _opened(subject: Subject, base: Sequence[BaseImage], dockerfile: Path, scenarios: str, repeats: int) -> Section:
    if scenarios not in SCENARIOS:
        raise WorkbookError(f"There are no scenarios {scenarios!r}.", f"set one of these: {', '.join(SCENARIOS)}")
    stands_on = _those_of(subject, base)
    print(lines.engine_line(describe(subject.client), stands_on))
    forms.install(get_ipython(), stands_on)
    return Section(subject, stands_on, dockerfile, scenarios, repeats)


@lru_cache(maxsize=1)
def _client() -> docker.DockerClient:
    """One connection a kernel."""
    return connect()


def _base_images(
    client: docker.DockerClient, references: Sequence[str] = base_images.REFERENCES
) -> Sequence[BaseImage]:
    """The base images, pulled now where they are missing; a stand-in is only ever made by `run` and `test`."""
    with progress("base images") as listener:
        return base_images.ensure(client, consent=False, on_progress=listener, references=references, cache=ScanCache())


def _those_of(subject: Subject, base: Sequence[BaseImage]) -> tuple[BaseImage, ...]:
    """The base images that the section's Dockerfile starts from; all of them where it has none."""
    parents = parent_images(subject.dockerfile) if subject.dockerfile else []
    return tuple(image for image in base if image.reference in parents or not parents)


def _dockerfile(path: Path) -> tuple[str, str | None]:
    """A Dockerfile's text, and that of the .dockerignore which is only its own."""
    if not path.is_file():
        raise WorkbookError(
            f"There is no {path.name} in {path.parent}.", "name the folder that holds it, or its own name"
        )
    ignore = path.with_name(f"{path.name}.dockerignore")
    return path.read_text(encoding="utf-8"), ignore.read_text(encoding="utf-8") if ignore.is_file() else None
