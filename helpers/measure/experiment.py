"""Timings of the engine's work in a run; the rest of a run's duration is the course's own overhead."""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import docker

from helpers.core.errors import WorkbookError
from helpers.core.names import PREFIX
from helpers.core.printable import with_texts
from helpers.core.records import Build, Contents, Image, Kind, Measurement, Packages, Run, Scenario, Work
from helpers.core.records.image import Changes
from helpers.engine import building, container, image_scan, images
from helpers.engine.buildkit import Context, Request
from helpers.engine.buildkit.answer import Listener, silent
from helpers.engine.dockerfile import parent_images
from helpers.engine.image_scan import filesystem, packages
from helpers.measure import cache_journal
from helpers.measure.project import Project
from helpers.measure.store import ScanCache, Store, current_run
from helpers.metrics.layers import with_layers


@contextmanager
def timed(kind: Kind, name: str) -> Iterator[None]:
    """Records the duration of the block for the current run, even if the block fails."""
    began = time.monotonic()
    try:
        yield
    finally:
        Store().add_work(current_run(), Work(kind, name, time.monotonic() - began))


# Namespace of the cache mounts in builds that aren't cold: separate from the user's own
_SHARED_NAMESPACE = PREFIX


class Experiment:
    """One Dockerfile of a project.

    `name` is the measurement's name, `file` the Dockerfile's name as shown to the user, `tag` the image's tag. Every
    measurement may raise BuildFailed, ContainerError, EngineStopped or DiskFull.
    """

    def __init__(
        self,
        client: docker.DockerClient,
        name: str,
        dockerfile: str,
        project: Project,
        *,
        tag: str,
        file: str = "Dockerfile",
        dockerignore: str | None = None,
        ignore: bool = True,
        listener: Listener = silent,
    ) -> None:
        self.client, self.name, self.dockerfile, self.project = client, name, dockerfile, project
        self.tag, self.file, self.listener = tag, file, listener
        self.dockerignore, self._ignore = dockerignore, ignore
        self._context_key = uuid.uuid4().hex
        self._namespace = _SHARED_NAMESPACE
        self._builds: dict[str, Build] = {}
        self._repeats: dict[str, tuple[float, ...]] = {}
        self._changes: dict[str, Changes] = {}
        self._ready: Build | None = None
        self._run: Run | None = None

    def altered(self, name: str, dockerfile: str, *, file: str | None = None, ignore: bool = True) -> "Experiment":
        """An experiment with another Dockerfile for the same project, and its own image."""
        tag = f"{self.tag.partition(':')[0]}:{name}"
        return Experiment(self.client, name, dockerfile, self.project, tag=tag, file=file or self.file, ignore=ignore)

    def build(self, scenario: str = Scenario.COLD) -> Build:
        """The build in this scenario, run on first request."""
        known = self._builds.get(scenario_named(scenario))
        return known or self.measure(scenario)

    def measure(self, scenario: str, repeats: int = 1) -> Build:
        """Runs the build in this scenario again; of several, returns the one with the median time.

        Runs the preceding build first if there is none yet. Each repeat uses its own cache namespace, so that it can't
        find in a cache mount what the one before left there.
        """
        wanted = scenario_named(scenario)
        self.keep(wanted, [self.once(wanted, repeats > 1) for _ in range(repeats)])
        return self._builds[wanted]

    def keep(self, scenario: Scenario, builds: Sequence[Build]) -> None:
        """Stores these builds as the scenario's measurement: the one with the median time, and the seconds of all.

        Raises WorkbookError if there are none.
        """
        if not builds:
            raise WorkbookError(f"{scenario} can't be measured with 0 builds.", "Set repeats to 1 or more.")
        self._builds[scenario] = sorted(builds, key=lambda build: build.seconds)[(len(builds) - 1) // 2]
        self._repeats[scenario] = tuple(build.seconds for build in builds)

    def once(self, scenario: Scenario, afresh: bool) -> Build:
        """Runs one build in this scenario on the current state, or `afresh` in a new cache namespace."""
        if scenario == Scenario.COLD:
            self._forget_image()
        elif afresh:  # rebuilds the image from the same files: its measurements stay valid
            self._ready = self._measure(Scenario.COLD)
        else:
            self.ready()
        return self._measure(scenario)

    def ready(self) -> Build:
        """The cold build if there was one, else a build with whatever is cached; its image exists afterwards.

        Another notebook that builds the same section may take over the tag, which removes the image. The image is then
        built again from the cache.
        """
        known = self._builds.get(Scenario.COLD) or self._ready
        if known and images.exists(self.client, known.image_id):
            return known
        self._ready = self._build("ready", tag=self.tag)
        return known if known and known.image_id == self._ready.image_id else self._ready

    def _forget_image(self) -> None:
        """Drops the measurements of the previous image before a new one is built."""
        self._run, self._changes = None, {}
        for fact in ("image", "contents", "packages"):
            vars(self).pop(fact, None)

    def _measure(self, scenario: str) -> Build:
        if scenario == Scenario.COLD:
            self._namespace = uuid.uuid4().hex
            return self._build(scenario, tag=self.tag, no_cache=True)
        if scenario == Scenario.UNCHANGED:
            return self._build(scenario, tag=self.tag)
        edits = self.project.editable.edits(scenario, self.project.folder, uuid.uuid4().hex)
        build = self._build(scenario, edits=edits)
        images.remove(self.client, build.image_id)  # no longer needed, and it has no tag by which to find it
        return build

    def _build(
        self, scenario: str, *, tag: str | None = None, no_cache: bool = False, edits: Mapping[str, bytes] | None = None
    ) -> Build:
        request = Request(
            Context(self.project.folder, edits or {}, self._ignore, self._context_key),
            self.dockerfile,
            dockerignore=self.dockerignore,
            tag=tag,
            no_cache=no_cache,
            build_args={**self.project.build_args, building.CACHE_NAMESPACE: self._namespace},
        )
        with self._secrets_hidden(), images.replacing(self.client, tag), timed(Kind.BUILD, self.name):
            return cache_journal.build(self.client, request, scenario=scenario, file=self.file, listener=self.listener)

    @property
    def _scan_cache(self) -> ScanCache:
        return ScanCache(hide=self.project.hide)

    @contextmanager
    def _secrets_hidden(self) -> Iterator[None]:
        """Masks the secret values of build arguments in errors that leave the block."""
        try:
            yield
        except WorkbookError as error:
            error.change(self.project.hide)
            raise

    @cached_property
    def image(self) -> Image:
        """The Dockerfile's image. A small one is also scanned, to measure its compressed size."""
        identity, parents = self.ready().image_id, parent_images(self.dockerfile)
        with self._secrets_hidden():
            image = with_texts(images.inspect(self.client, identity, parents, self._scan_cache), self.project.hide)
        if image.bytes < images.SMALL:
            self._scan()
        return images.weighed(image, self._scan_cache)

    @cached_property
    def contents(self) -> Contents:
        """The contents of the image."""
        inside = self._scan()
        if "image" in vars(self):  # the scan has measured the layers' compressed sizes
            self.image = images.weighed(self.image, self._scan_cache)
        return inside

    def _scan(self) -> Contents:
        image = self.ready().image_id
        with self._secrets_hidden(), timed(Kind.SCAN, self.name):
            return with_texts(image_scan.scan_contents(self.client, image, self._scan_cache), self.project.hide)

    @cached_property
    def packages(self) -> Packages | None:
        """The software packages in the image; None if this machine has no program to find them."""
        image = self.ready().image_id
        with self._secrets_hidden(), timed(Kind.SCAN, self.name):
            return with_texts(packages.find(self.client, image, self._scan_cache), self.project.hide)

    def changes(self, before: "Experiment") -> Changes:
        """How this image's files differ from those of the experiment `before`."""
        _ = before.contents, self.contents  # scan both if that hasn't been done yet
        was, now = (image_scan.files(each.client, each.ready().image_id, self._scan_cache) for each in (before, self))
        changes = filesystem.changes(was, now, (before.name, self.name))
        self._changes[before.name] = with_texts(changes, self.project.hide)
        return self._changes[before.name]

    def run(self, **options: Any) -> Run:
        """Runs a container of the image; options are container.run's. Without options, it runs once and is reused."""
        if options:
            return self._start(**options)
        if self._run is None:
            self._run = self._start(process=True, shutdown=True)
        return self._run

    def _start(self, **options: Any) -> Run:
        settings: dict[str, Any] = {
            "port": self.project.port,
            "path": self.project.health_path,
            "slow_path": self.project.slow_path,
            "timeout": self.project.patience,
            "on_progress": lambda progress: self.listener(with_texts(progress, self.project.hide)),
            **self.project.limits,
        }
        image = self.ready().image_id
        with self._secrets_hidden(), timed(Kind.CONTAINER, self.name):
            return with_texts(container.run(self.client, image, **(settings | options)), self.project.hide)

    def output(self, *command: str) -> str:
        """The output of a command in a container of the image. Raises WorkbookError if the command fails."""
        image = self.ready().image_id
        with self._secrets_hidden(), timed(Kind.CONTAINER, self.name):
            status, text = with_texts(container.output(self.client, image, command), self.project.hide)
        if status != 0:
            raise WorkbookError(f"`{' '.join(command)}` failed with exit status {status}: {text.strip()}")
        return text

    @property
    def measurement(self) -> Measurement:
        """Everything measured so far."""
        known = vars(self)
        return Measurement(
            name=self.name,
            image=known.get("image"),
            contents=known.get("contents"),
            packages=known.get("packages"),
            changes=tuple(self._changes.values()),
            run=self._run,
            builds={str(scenario): self._with_layers(build) for scenario, build in self._builds.items()},
            repeats={str(scenario): seconds for scenario, seconds in self._repeats.items() if len(seconds) > 1},
        )

    def _with_layers(self, build: Build) -> Build:
        image: Image | None = vars(self).get("image")
        return with_layers(build, image) if image else build


def scenario_named(scenario: str) -> Scenario:
    """The scenario with that name. Raises WorkbookError if there is none."""
    try:
        return Scenario(scenario)
    except ValueError:
        raise WorkbookError(f"There is no scenario {scenario!r}.", f"Use one of: {', '.join(Scenario)}.") from None


def in_turns(experiments: Sequence[Experiment], scenario: str, repeats: int) -> None:
    """Measures each experiment `repeats` times in this scenario, each time in a new cache namespace.

    Raises WorkbookError if there is no such scenario, or if `repeats` is 0.
    """
    wanted = scenario_named(scenario)
    rounds = [[each.once(wanted, afresh=True) for each in experiments] for _ in range(repeats)]
    for number, experiment in enumerate(experiments):
        experiment.keep(wanted, [builds[number] for builds in rounds])
