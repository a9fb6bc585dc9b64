"""Section 08's table: by which routes an image's metadata gets into another image."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from buildkit_session import Context
from docker import DockerClient

from helpers.charts.chart import Table
from helpers.core.names import PREFIX
from helpers.core.records import Image, Progress
from helpers.course.section import Section
from helpers.engine import building, image_routes, images
from helpers.engine.build_progress import Listener, silent
from helpers.engine.recording import random_digits
from helpers.engine.request import Request
from helpers.measure import cache_journal
from helpers.measure.experiment import Experiment

DESCRIBED, CONTINUED, COPIED = "described", "continued", "copied"  # the stages of the variant's Dockerfile
VARIANT = "more-stages"
FROM_STAGE, COPY_FROM = "FROM that stage", "COPY --from that stage"
COMMIT, EXPORT, SAVE = "docker commit", "docker export and import", "docker save and load"
ROUTES = (FROM_STAGE, COPY_FROM, COMMIT, EXPORT, SAVE)
KEPT, LOST = "kept", "lost"

KINDS: Mapping[str, Callable[[Image], object]] = {
    "LABEL": lambda image: image.labels,
    "ENV": lambda image: image.environment,
    "USER": lambda image: image.user,
    "EXPOSE": lambda image: image.exposed_ports,
    "CMD": lambda image: image.command,
}
Kept = Mapping[str, bool]  # by kind of metadata


def survivors(described: Image, other: Image) -> Kept:
    """For each kind of metadata, whether the other image has all of what the described image has."""
    return {kind: _has(value(described), value(other)) for kind, value in KINDS.items()}


def _has(wanted: object, found: object) -> bool:
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.items() <= found.items()  # `docker commit` adds the container's own labels
    return wanted == found


def measure(experiment: Experiment, listener: Listener = silent) -> dict[str, Kept]:
    """Takes each route with the variant's image: what is kept, by route. Removes the images afterwards.

    Each call builds images that the engine never had before, so that none of them is found instead of made.
    """
    with _names(experiment) as names:
        described = _built(experiment, names, DESCRIBED, listener)
        kept = {}
        for route, take in _TAKE.items():
            listener(Progress(route))
            kept[route] = images.inspect(experiment.client, take(experiment.client, names))
        kept[FROM_STAGE] = _built(experiment, names, CONTINUED, listener)
        kept[COPY_FROM] = _built(experiment, names, COPIED, listener)
        return {route: survivors(described, kept[route]) for route in ROUTES}


# SAVE comes first. The engine wouldn't remove the image in between if another one had been committed from it, or if a
# stage that adds nothing to it had given it a second name.
_TAKE: Mapping[str, Callable[[DockerClient, Mapping[str, str]], str]] = {
    SAVE: lambda client, names: image_routes.save_and_load(client, names[DESCRIBED]),
    COMMIT: lambda client, names: image_routes.commit(client, names[DESCRIBED], names[COMMIT]),
    EXPORT: lambda client, names: image_routes.export_and_import(client, names[DESCRIBED], names[EXPORT]),
}


def table(section: Section) -> Table:
    """Takes each route with the section's image, and lists what is kept of each kind of metadata."""
    with section.reporter.progress(f"{section.experiment.name}: routes") as bar:
        measured = measure(section.subject.variant(VARIANT), bar)
    cells = [[route, *(KEPT if each else LOST for each in kept.values())] for route, kept in measured.items()]
    return Table(["route", *KINDS], cells, numbers=False)


@contextmanager
def _names(experiment: Experiment) -> Iterator[Mapping[str, str]]:
    """A name for each image to make, by stage or route; the images are removed at the end of the block."""
    repository = experiment.tag.partition(":")[0]
    unique = random_digits(12)
    parts = (DESCRIBED, CONTINUED, COPIED, COMMIT, EXPORT)
    names = {part: f"{repository}:{part.replace(' ', '-')}-{unique}" for part in parts}
    try:
        yield names
    finally:
        image_routes.remove(experiment.client, names.values())


def _built(experiment: Experiment, names: Mapping[str, str], stage: str, listener: Listener) -> Image:
    """The stage's image. Its revision is new, so the engine has no image like it under another name."""
    name = names[stage]
    request = Request(
        Context(experiment.project.folder),
        experiment.dockerfile,
        tag=name,
        target=stage,
        build_args={building.CACHE_NAMESPACE: PREFIX, "REVISION": name.rpartition("-")[2]},
    )
    built = cache_journal.build(experiment.client, request, scenario=stage, file=experiment.file, listener=listener)
    return images.inspect(experiment.client, built.image_id)
