"""A Dockerfile under experiment: built in each scenario, run, looked into; a fact is measured when first asked for."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import docker
from buildkit_session import Context

from helpers.engine import building, container, contents, images, listing, packages
from helpers.engine.build_progress import Listener, silent
from helpers.engine.dockerfile import parent_images
from helpers.engine.names import PREFIX
from helpers.engine.request import Request
from helpers.experiment import cache_journal, timings
from helpers.experiment.project import Project
from helpers.experiment.scan_cache import ScanCache
from helpers.records import Build, Contents, Image, Kind, Measurement, Packages, Run, Scenario
from helpers.records.changes import Changes
from helpers.records.errors import WorkbookError
from helpers.records.layers import with_layers
from helpers.records.printable import with_texts

# Cache mounts of builds that are not cold: the course's own, so that the reader's are never touched
_SHARED_NAMESPACE = PREFIX


class Experiment:
    """One Dockerfile of a project.

    `name` is what its measurement is called, `file` what the Dockerfile is called where the reader finds it, `tag` the
    image's. Raises, wherever something is measured: BuildFailed, ContainerError, EngineStopped, DiskFull.
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
        self._memory = uuid.uuid4().hex
        self._namespace = _SHARED_NAMESPACE
        self._builds: dict[str, Build] = {}
        self._repeats: dict[str, tuple[float, ...]] = {}
        self._changes: dict[str, Changes] = {}
        self._ready: Build | None = None
        self._run: Run | None = None

    def altered(self, name: str, dockerfile: str, *, file: str | None = None, ignore: bool = True) -> "Experiment":
        """Another Dockerfile on the same project, with an image of its own."""
        tag = f"{self.tag.partition(':')[0]}:{name}"
        return Experiment(self.client, name, dockerfile, self.project, tag=tag, file=file or self.file, ignore=ignore)

    def build(self, scenario: str = Scenario.COLD) -> Build:
        """The build in this scenario, made when it is first asked for."""
        known = self._builds.get(scenario_named(scenario))
        return known or self.measure(scenario)

    def measure(self, scenario: str, repeats: int = 1) -> Build:
        """The build in this scenario, made anew; of several the one with the median time.

        What it stands on is built first, where that was not done yet. Each of several starts from a cache namespace of
        its own, so that none finds in a cache mount what the one before has left there.
        """
        wanted = scenario_named(scenario)
        self.keep(wanted, [self.once(wanted, repeats > 1) for _ in range(repeats)])
        return self._builds[wanted]

    def keep(self, scenario: Scenario, builds: Sequence[Build]) -> None:
        """Takes these for what the scenario measures: the one with the median time, and the seconds of all.

        Raises WorkbookError where there are none.
        """
        if not builds:
            raise WorkbookError(f"Of no builds nothing is measured: {scenario}.", "ask for one, or more")
        self._builds[scenario] = sorted(builds, key=lambda build: build.seconds)[(len(builds) - 1) // 2]
        self._repeats[scenario] = tuple(build.seconds for build in builds)

    def once(self, scenario: Scenario, afresh: bool) -> Build:
        """One build in this scenario, from what is there, or `afresh` from a namespace of its own."""
        if scenario == Scenario.COLD:
            self._forget_image()
        elif afresh:  # the image is made anew, of the same files: what was measured of it stays true
            self._ready = self._measure(Scenario.COLD)
        else:
            self.ready()
        return self._measure(scenario)

    def ready(self) -> Build:
        """The cold build where one was made, else a build with whatever is cached: there is an image now.

        Another notebook that builds the same section takes the name over, and the image goes; the cache brings it back.
        """
        known = self._builds.get(Scenario.COLD) or self._ready
        if known and images.exists(self.client, known.image_id):
            return known
        self._ready = self._build("ready", tag=self.tag)
        return known if known and known.image_id == self._ready.image_id else self._ready

    def _forget_image(self) -> None:
        """What was measured of the image before says nothing of the one that is built now."""
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
        images.remove(self.client, build.image_id)  # nobody asks for it, and it has no name to be found by
        return build

    def _build(
        self, scenario: str, *, tag: str | None = None, no_cache: bool = False, edits: Mapping[str, bytes] | None = None
    ) -> Build:
        request = Request(
            Context(self.project.folder, edits or {}, self._ignore, self._memory),
            self.dockerfile,
            dockerignore=self.dockerignore,
            tag=tag,
            no_cache=no_cache,
            build_args={**self.project.build_args, building.CACHE_NAMESPACE: self._namespace},
        )
        with self._discreet(), images.replacing(self.client, tag), timings.timed(Kind.BUILD, self.name):
            return cache_journal.build(self.client, request, scenario=scenario, file=self.file, listener=self.listener)

    @property
    def _scan_cache(self) -> ScanCache:
        return ScanCache(hide=self.project.hide)

    @contextmanager
    def _discreet(self) -> Iterator[None]:
        """Errors leave the block without the secret values of build arguments."""
        try:
            yield
        except WorkbookError as error:
            error.change(self.project.hide)
            raise

    @cached_property
    def image(self) -> Image:
        """The image that the Dockerfile makes. A small one is read whole for it, to know what a registry would send."""
        identity, parents = self.ready().image_id, parent_images(self.dockerfile)
        with self._discreet():
            image = with_texts(images.inspect(self.client, identity, parents, self._scan_cache), self.project.hide)
        if image.bytes < images.SMALL:
            self._scan()
        return images.weighed(image, self._scan_cache)

    @cached_property
    def contents(self) -> Contents:
        """What lies in that image."""
        inside = self._scan()
        if "image" in vars(self):  # the look has told what its layers weigh compressed
            self.image = images.weighed(self.image, self._scan_cache)
        return inside

    def _scan(self) -> Contents:
        image = self.ready().image_id
        with self._discreet(), timings.timed(Kind.SCAN, self.name):
            return with_texts(contents.scan_contents(self.client, image, self._scan_cache), self.project.hide)

    @cached_property
    def packages(self) -> Packages | None:
        """The software packages in that image; None where nothing on this machine can look for them."""
        image = self.ready().image_id
        with self._discreet(), timings.timed(Kind.SCAN, self.name):
            return with_texts(packages.find(self.client, image, self._scan_cache), self.project.hide)

    def changes(self, before: "Experiment") -> Changes:
        """How the files of this image differ from those of another experiment's."""
        _ = before.contents, self.contents  # read, where that was not done yet
        was, now = (contents.files(each.client, each.ready().image_id, self._scan_cache) for each in (before, self))
        changes = listing.changes(was, now, (before.name, self.name))
        self._changes[before.name] = with_texts(changes, self.project.hide)
        return self._changes[before.name]

    def run(self, **options: Any) -> Run:
        """A container of the image, start to exit. Without options it is measured once; they are container.run's."""
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
        with self._discreet(), timings.timed(Kind.CONTAINER, self.name):
            return with_texts(container.run(self.client, image, **(settings | options)), self.project.hide)

    def output(self, *command: str) -> str:
        """What a command prints in a container of the image.

        Raises WorkbookError where the command fails.
        """
        image = self.ready().image_id
        with self._discreet(), timings.timed(Kind.CONTAINER, self.name):
            status, text = with_texts(container.output(self.client, image, command), self.project.hide)
        if status != 0:
            raise WorkbookError(f"{' '.join(command)!r} ended with exit status {status}: {text.strip()}")
        return text

    @property
    def measurement(self) -> Measurement:
        """What has been measured so far."""
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
    """The scenario of that name; raises WorkbookError where there is none."""
    try:
        return Scenario(scenario)
    except ValueError:
        raise WorkbookError(f"There is no scenario {scenario!r}.", f"name one of: {', '.join(Scenario)}") from None
