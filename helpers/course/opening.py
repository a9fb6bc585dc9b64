"""Opens a section: connects to the engine, pulls missing base images and reads the Dockerfile."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import docker
from IPython import get_ipython

from helpers import standins
from helpers.charts import record_tables
from helpers.core.errors import BaseImageError, WorkbookError
from helpers.core.records import BaseImage
from helpers.course import minutes, replayed
from helpers.course.reporter import Reporter
from helpers.course.section import SCENARIOS, Section
from helpers.course.sections import current_sections, find
from helpers.course.subject import Subject, subject_of, tag_of
from helpers.engine import recording
from helpers.engine.connection import describe
from helpers.engine.image_references import parent_images
from helpers.engine.image_source import normal
from helpers.measure.experiment import Experiment, text_of
from helpers.measure.project import Limits, Project
from helpers.measure.shared_facts import of_this_run
from helpers.measure.store import ScanCache, Store


def open_section(client: docker.DockerClient, name: str, scenarios: str = "aims", repeats: int = 1) -> Section:
    """Opens a section of the course; prints the engine and the base images in use.

    `scenarios` is "aims" for the scenarios that the section is about, "all" for all of them, or "variants" to measure
    the section's variants too. Each build is run `repeats` times, each time with a cache of its own.
    Raises WorkbookError for any other value and for repeats in a replay, UnknownSection, EngineStopped, BaseImageError.
    """
    files = find(name, current_sections())
    recording.open_section(files.name)
    return _opened(subject_of(client, files), _base_images(client), scenarios, repeats)


def open_folder(
    client: docker.DockerClient,
    folder: str | Path,
    *,
    port: int = 8080,
    path: str = "/health",
    dockerfile: str = "Dockerfile",
    source: str | None = None,
    dependency: str | None = None,
    build_args: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] | None = None,
    scenarios: str = "aims",
    repeats: int = 1,
    limits: Limits | None = None,
) -> Section:
    """Opens any folder with a Dockerfile, to measure it as section 12 does.

    `port` and `path` are where the program answers health checks. `source` and `dependency` are the files that the
    "source-edit" and "dependency-edit" builds change.
    `build_args` are passed to every build. Their values are hidden in output and records if they have 8 characters or
    more, or if the name suggests a secret, such as DB_PASSWORD.
    `environment` are variables of every container, in addition to the image's; `command` replaces the image's CMD.
    `limits` replace the course's limits for containers: memory ("4g"), processes, new_privileges (True).
    `scenarios` and `repeats` are those of open_section.
    Raises WorkbookError if there is no such Dockerfile, and whatever open_section raises.
    """
    root = Path(folder).expanduser().resolve()
    file = _existing(root / dockerfile)
    project = Project(
        root,
        port=port,
        health_path=path,
        source=source,
        dependency=dependency,
        build_args=dict(build_args or {}),
        environment=dict(environment or {}),
        command=None if command is None else tuple(command),
        limits=limits or Limits(),
    )
    files = find("12", current_sections())
    recording.open_section(files.name)
    experiment = Experiment(
        client,
        files.name,
        text_of(file),
        project,
        tag=tag_of(files),
        file=f"{root.name}/{dockerfile}",
        path=file,
        dockerignore=_own_dockerignore(file),
    )
    base = _base_images(client, parent_images(experiment.dockerfile, project.build_args))
    return _opened(Subject(files, experiment, sharing=of_this_run(files.name)), base, scenarios, repeats)


def _opened(subject: Subject, base: Sequence[BaseImage], scenarios: str, repeats: int) -> Section:
    _require_valid(scenarios, repeats)
    used = _used_by(subject.experiment, base)
    reporter = Reporter(used)
    if replay := replayed.current():
        reporter.replay(replay)
    else:
        reporter.engine(describe(subject.experiment.client), repeats)
        reporter.time(minutes.sentence(subject.files.name))
    record_tables.install(get_ipython(), used)
    return Section(subject, reporter, Store(), scenarios, repeats)


def _require_valid(scenarios: str, repeats: int) -> None:
    if scenarios not in SCENARIOS:
        raise WorkbookError(
            f"scenarios is {scenarios!r}, which is not a valid value.", f"Use one of these: {', '.join(SCENARIOS)}."
        )
    if repeats > 1 and replayed.current():
        raise WorkbookError(
            f"repeats is {repeats}, but a replay has each build as often as it was recorded.", "Set repeats = 1."
        )


def _base_images(client: docker.DockerClient, references: Sequence[str] = standins.REFERENCES) -> Sequence[BaseImage]:
    """The base images; pulls missing ones. Stand-ins are built only by CLI commands, never here."""
    with Reporter().progress("base images") as listener:
        images = standins.ensure(client, consent=False, on_progress=listener, references=references, cache=ScanCache())
    return replayed.dated(images)


def _used_by(experiment: Experiment, base: Sequence[BaseImage]) -> tuple[BaseImage, ...]:
    """The base images that the section's Dockerfile starts from; all of them if it starts from none."""
    parents = parent_images(experiment.dockerfile, experiment.project.build_args) if experiment.dockerfile else []
    wanted = {normal(parent) for parent in parents}
    return tuple(image for image in base if normal(image.reference) in wanted or not parents)


def _existing(path: Path) -> Path:
    """The path of a Dockerfile that exists."""
    if not path.is_file():
        raise WorkbookError(
            f"There is no {path.name} in {path.parent}.", "Pass its folder, or set dockerfile to its file name."
        )
    return path


def _own_dockerignore(dockerfile: Path) -> str | None:
    """The text of a Dockerfile's own <name>.dockerignore, if there is one."""
    ignore = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    return ignore.read_text(encoding="utf-8") if ignore.is_file() else None


def pin(section: Section) -> str:
    """The section's Dockerfile with each base image's tag replaced by its digest.

    Raises BaseImageError if the engine has no digest for a base image.
    """
    return pinned(section.experiment)


def pinned(experiment: Experiment) -> str:
    """The experiment's Dockerfile with each base image's tag replaced by its digest.

    Raises BaseImageError if the engine has no digest for a base image.
    """
    digests = {image.reference: image.digest for image in standins.present(experiment.client)}
    text = experiment.dockerfile
    for reference in parent_images(text):
        text = re.sub(rf"(?<=FROM ){re.escape(reference)}(?=\s)", _digest_of(reference, digests), text)
    return text


def _digest_of(reference: str, digests: dict[str, str]) -> str:
    digest = digests.get(reference)
    if not digest:
        raise BaseImageError(
            f"The engine has no digest for {reference}. Only images from a registry have one.",
            f"Pull the image: docker pull {reference}",
        )
    return digest
