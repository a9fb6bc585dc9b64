"""An experiment: one Dockerfile of a project, built in scenarios, run and scanned on the engine."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import docker
from buildkit_session import Context

from helpers.core import clock
from helpers.core.errors import WorkbookError
from helpers.core.printable import with_texts
from helpers.core.records import Build, Contents, Image, Kind, Measurement, Packages, Progress, Run, Scenario, Work
from helpers.core.records.image import Changes
from helpers.engine import building, container, image_scan, images
from helpers.engine.build_progress import Listener, silent
from helpers.engine.http_client import publishing_address
from helpers.engine.image_references import parent_images
from helpers.engine.image_scan import filesystem, packages
from helpers.engine.request import Request
from helpers.engine.run_command import run_commands
from helpers.measure import cache_journal, questions
from helpers.measure.facts import Facts
from helpers.measure.lineage import Lineage
from helpers.measure.project import Project
from helpers.measure.run_options import STANDARD, RunOptions, Settings
from helpers.measure.shared_facts import NOTHING_SHARED, Measured, Sharing, always
from helpers.measure.store import ScanCache, Store, current_run

EVICTED = "measured again after a new cold build: the engine had removed {step!r} from its build cache"


@contextmanager
def timed(kind: Kind, name: str, happened: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """Records the duration of the block for the current run, even if the block fails; unless no work `happened`."""
    began = clock.monotonic()
    try:
        yield
    finally:
        if happened():
            Store().add_work(current_run(), Work(kind, name, clock.monotonic() - began))


class _CacheLost(Exception):
    """The instruction that the engine has removed from its cache."""


class Experiment:
    """One Dockerfile of a project, and the facts measured of it so far. Each fact is measured when first asked for.

    `name` is the measurement's name, `file` the Dockerfile's name as shown to the user, `tag` the image's tag. `path`
    is the file that `reload` reads again; without one, the text stays as given. `sharing` is where measurements come
    from that another notebook of the same run has made. Every measurement may raise BuildFailed, ContainerError,
    EngineStopped or DiskFull.
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
        path: Path | None = None,
        dockerignore: str | None = None,
        ignore: bool = True,
        listener: Listener = silent,
        sharing: Sharing = NOTHING_SHARED,
    ) -> None:
        self.client, self.name, self.dockerfile, self.project = client, name, dockerfile, project
        self.tag, self.file, self.path, self.listener = tag, file, path, listener
        self.dockerignore, self._ignore = dockerignore, ignore
        self.sharing = sharing
        self.facts = Facts()
        self._context_key = uuid.uuid4().hex
        self._lineage = Lineage()

    def altered(
        self,
        name: str,
        dockerfile: str,
        *,
        file: str | None = None,
        path: Path | None = None,
        project: Project | None = None,
        ignore: bool = True,
        alone: bool = False,
    ) -> "Experiment":
        """An experiment with another Dockerfile, for the same project unless another is given, and its own image.

        It has the same `dockerignore`, unless it is built in another folder. If `alone`, it measures everything itself.
        """
        tag = f"{self.tag.partition(':')[0]}:{name}"
        project, file = project or self.project, file or self.file
        ignored = self.dockerignore if ignore and project.folder == self.project.folder else None
        return Experiment(
            self.client,
            name,
            dockerfile,
            project,
            tag=tag,
            file=file,
            path=path,
            dockerignore=ignored,
            ignore=ignore,
            sharing=NOTHING_SHARED if alone else self.sharing,
        )

    def reload(self) -> bool:
        """Reads the Dockerfile again. If its text has changed, forgets every fact, and returns True.

        From then on, nothing is shared: the text is the learner's.
        """
        text = self.dockerfile if self.path is None else text_of(self.path)
        if text == self.dockerfile:
            return False
        self.dockerfile, self.facts = text, Facts()
        self._context_key, self._lineage, self.sharing = uuid.uuid4().hex, Lineage(), NOTHING_SHARED
        return True

    def build(self, scenario: str = Scenario.COLD) -> Build:
        """The build in this scenario, run on first request."""
        return self.facts.build(scenario_named(scenario)) or self.measure(scenario)

    def measure(self, scenario: str, repeats: int = 1) -> Build:
        """Measures the build in this scenario again; of several, returns the one with the median time.

        Runs the preceding build first if there is none yet. Each repeat uses its own cache namespace, so that it can't
        find in a cache mount what the one before left there.
        """
        wanted = scenario_named(scenario)
        builds = [self.once(wanted, repeats > 1) for _ in range(repeats)]
        self.facts = self.facts.with_builds(wanted, builds)
        return self.build(wanted)

    def once(self, scenario: Scenario, afresh: bool) -> Build:
        """Runs one build in this scenario on the current state, or `afresh` in a new cache namespace."""
        if scenario == Scenario.COLD:
            self.facts = self.facts.without_image()
        elif afresh:  # rebuilds the image from the same files: its measurements stay valid
            prepared = self._measure(Scenario.COLD)
            self.facts = replace(self.facts, prepared=prepared)
        else:
            self.ready()
        return self._measure(scenario)

    def ready(self) -> Build:
        """The cold build if there was one, else a build with whatever is cached; its image exists afterwards.

        Another notebook that builds the same section may take over the tag, which removes the image. The image is then
        built again from the cache.
        """
        known = [build for build in (self.facts.build(Scenario.COLD), self.facts.prepared) if build]
        if ready := next(filter(self._has_image, known), None):
            return ready
        prepared = self._taken_over_cold() or self._build("ready", tag=self.tag)
        self.facts = replace(self.facts, prepared=prepared)
        return next((build for build in known if build.image_id == prepared.image_id), prepared)

    def _has_image(self, build: Build) -> bool:
        return images.exists(self.client, build.image_id)

    def _taken_over_cold(self) -> Build | None:
        """The cold build that another notebook of the run has left, with its image and its cache."""
        found = self.sharing.latest(Build, partial(self._question, Scenario.COLD), self._has_image)
        return self._begun_by(found) if found else None

    def _begun_by(self, cold: Measured[Build]) -> Build:
        """The cold build. The next builds use the cache that it left, and its image has our tag."""
        self._lineage = Lineage(cold.lineage, cold.record)
        images.tag(self.client, cold.record.image_id, self.tag)
        return cold.record

    def _measure(self, scenario: Scenario) -> Build:
        """The build in this scenario, with the cache that the last cold build left."""
        if scenario == Scenario.COLD:
            question = partial(self._question, scenario)
            return self._begun_by(self.sharing.obtain(Build, question, self._cold, self._has_image))
        try:
            return self._after_cold(scenario, self._with_whole_cache)
        except _CacheLost as lost:
            self.facts = replace(self.facts, prepared=self._measure(Scenario.COLD))
            build = self._after_cold(scenario, self._with_cache)
            return replace(build, notes=(*build.notes, EVICTED.format(step=str(lost))))

    def _question(self, scenario: Scenario) -> questions.Question:
        lineage = "" if scenario == Scenario.COLD else self._lineage.namespace
        tagged = self._request(self.tag)
        return questions.of_build(self.client, tagged, scenario, self.file, self.project.editable, lineage)

    def _cold(self) -> Measured[Build]:
        self._lineage = Lineage(uuid.uuid4().hex)
        return Measured(self._build(Scenario.COLD, tag=self.tag, no_cache=True), self._lineage.namespace)

    def _after_cold(self, scenario: Scenario, measure: Callable[[Scenario], Build]) -> Build:
        """A build that can use the cache that the last cold build left."""
        found = self.sharing.obtain(
            Build,
            partial(self._question, scenario),
            lambda: Measured(measure(scenario), self._lineage.namespace),
            always,
        )
        return found.record

    def _with_whole_cache(self, scenario: Scenario) -> Build:
        """Raises _CacheLost if the engine has removed a part of the cache, so that this measures something else."""
        build = self._with_cache(scenario)
        if lost := self._lineage.lost(build):
            raise _CacheLost(lost.text)
        return build

    def _with_cache(self, scenario: Scenario) -> Build:
        if scenario == Scenario.UNCHANGED:
            return self._build(scenario, tag=self.tag)
        edits = self.project.editable.edits(scenario, self.project.folder, uuid.uuid4().hex)
        build = self._build(scenario, edits=edits)
        images.remove(self.client, build.image_id)  # no longer needed, and it has no tag by which to find it
        return build

    def _request(self, tag: str | None, no_cache: bool = False, edits: Mapping[str, bytes] | None = None) -> Request:
        return Request(
            Context(self.project.folder, edits or {}, self._ignore, self._context_key),
            self.dockerfile,
            dockerignore=self.dockerignore,
            tag=tag,
            no_cache=no_cache,
            build_args={**self.project.build_args, building.CACHE_NAMESPACE: self._lineage.namespace},
            secrets=self.project.secrets,
        )

    def _build(
        self, scenario: str, *, tag: str | None = None, no_cache: bool = False, edits: Mapping[str, bytes] | None = None
    ) -> Build:
        request = self._request(tag, no_cache, edits)
        with self._secrets_hidden(), images.replacing(self.client, tag), timed(Kind.BUILD, self.name):
            return cache_journal.build(self.client, request, scenario=scenario, file=self.file, listener=self.listener)

    @property
    def _scan_cache(self) -> ScanCache:
        return ScanCache(hide=self.project.hide)

    @contextmanager
    def _scanning(self) -> Iterator[ScanCache]:
        """The cache for a scan. What is found there is no work of the engine."""
        cache = self._scan_cache
        with self._secrets_hidden(), timed(Kind.SCAN, self.name, lambda: cache.written > 0):
            yield cache

    @contextmanager
    def _secrets_hidden(self, hide: Callable[[str], str] | None = None) -> Iterator[None]:
        """Masks the project's secret values in errors that leave the block; `hide` masks other values instead."""
        try:
            yield
        except WorkbookError as error:
            error.change(hide or self.project.hide)
            raise

    def image(self) -> Image:
        """The Dockerfile's image. A small one is also scanned, to measure its compressed size."""
        image = self.facts.image or self._inspected()
        self.facts = replace(self.facts, image=image)
        return image

    def _inspected(self) -> Image:
        identity, parents = self.ready().image_id, parent_images(self.dockerfile, self.project.build_args)
        with self._secrets_hidden():
            image = with_texts(images.inspect(self.client, identity, parents, self._scan_cache), self.project.hide)
        if image.bytes < images.SMALL:
            self._scan()
        return images.weighed(image, self._scan_cache)

    def contents(self) -> Contents:
        """The contents of the image. Their scan also measures the compressed size of its layers."""
        if known := self.facts.contents:
            return known
        contents = self._scan()
        image = self.facts.image and images.weighed(self.facts.image, self._scan_cache)
        self.facts = replace(self.facts, contents=contents, image=image)
        return contents

    def _scan(self) -> Contents:
        image = self.ready().image_id
        with self._scanning() as cache:
            return with_texts(image_scan.scan_contents(self.client, image, cache), self.project.hide)

    def packages(self) -> Packages | None:
        """The software packages in the image; None if this machine has no program to find them."""
        found = self.facts.packages or self._listed()
        self.facts = replace(self.facts, packages=found)
        return found

    def _listed(self) -> Packages | None:
        image = self.ready().image_id
        with self._scanning() as cache:
            return with_texts(packages.find(self.client, image, cache), self.project.hide)

    def changes(self, before: "Experiment") -> Changes:
        """How this image's files differ from those of the experiment `before`."""
        before.contents(), self.contents()  # scan both if that hasn't been done yet
        was, now = (image_scan.files(each.client, each.ready().image_id, self._scan_cache) for each in (before, self))
        found = filesystem.changes(was, now, (before.name, self.name))
        self.facts = self.facts.with_changes(with_texts(found, self.project.hide))
        return self.facts.changes[before.name]

    def run(self, options: RunOptions = STANDARD) -> Run:
        """Runs a container of the image. The standard run is kept and reused; one with options runs each time."""
        if options != STANDARD:
            return self._start(options)
        run = self.facts.run or self._start(options)
        self.facts = replace(self.facts, run=run)
        return run

    def run_commands(self, options: RunOptions = STANDARD) -> list[str]:
        """The same run as commands of the Docker CLI and curl."""
        settings = options.settings(self.project)
        address = None if settings["helper"] else publishing_address(self.client)
        name = self.tag.rpartition("/")[2].replace(":", ".")
        return [self.project.hide(each) for each in run_commands(self.tag, name, address, **settings)]

    def _start(self, options: RunOptions) -> Run:
        image, settings = self.ready().image_id, options.settings(self.project)
        found = self.sharing.obtain(
            Run,
            partial(questions.of_container, self.client, image, settings),
            lambda: Measured(self._started(image, settings)),
            always,
        )
        return found.record

    def _started(self, image: str, settings: Settings) -> Run:
        hide = replace(self.project, environment=settings["environment"] or {}).hide  # with the variables of this run

        def heard(progress: Progress) -> None:
            self.listener(with_texts(progress, hide))

        with self._secrets_hidden(hide), timed(Kind.CONTAINER, self.name):
            return with_texts(container.run(self.client, image, on_progress=heard, **settings), hide)

    def output(self, *command: str) -> str:
        """The output of a command in a container of the image. Raises WorkbookError if the command fails."""
        image = self.ready().image_id
        with self._secrets_hidden(), timed(Kind.CONTAINER, self.name):
            status, text = with_texts(container.output(self.client, image, command), self.project.hide)
        if status != 0:
            raise WorkbookError(f"`{' '.join(command)}` failed with exit status {status}: {text.strip()}")
        return text

    def output_once(self, *command: str) -> str:
        """The same as `output`, run when first asked for: what several proofs need of one image."""
        known = self.facts.outputs.get(command)
        text = self.output(*command) if known is None else known
        self.facts = replace(self.facts, outputs={**self.facts.outputs, command: text})
        return text

    @property
    def measurement(self) -> Measurement:
        """Everything measured so far, as a record."""
        return self.facts.measurement(self.name)


def text_of(path: Path) -> str:
    """The text of a Dockerfile; "" if there is no such file."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


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
        experiment.facts = experiment.facts.with_builds(wanted, [builds[number] for builds in rounds])
