"""Times one build with our helpers or with `docker build`: same Dockerfile, context and arguments, wall clock."""

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from buildkit_session import Context

from benchmarks.pair import seconds
from benchmarks.workplace import IMAGES, Workplace, command
from helpers.core.paths import PROJECT
from helpers.core.records import Scenario
from helpers.engine import images
from helpers.engine.request import Request
from helpers.engine.served_dockerfile import served
from helpers.measure import cache_journal
from helpers.measure.project import editable

SAMPLE = PROJECT / "sample_api_golang"
WITH_BUILDKIT = {"DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"}


@dataclass(frozen=True, slots=True)
class Job:
    """A build to time. A cold one uses no cache at all: its cache mounts are empty too."""

    context: Path
    dockerfile: Path
    tag: str  # in the repository IMAGES
    cold: bool = False

    @property
    def image(self) -> str:
        """The image's full name."""
        return f"{IMAGES}:{self.tag}"

    def build_args(self) -> dict[str, str]:
        """The build arguments that both tools get."""
        return {"BUILDKIT_CACHE_MOUNT_NS": uuid.uuid4().hex if self.cold else IMAGES}

    def request(self) -> Request:
        """The build as a request of our helpers."""
        return Request(
            Context(self.context),
            self.dockerfile.read_text(encoding="utf-8"),
            tag=self.image,
            no_cache=self.cold,
            build_args=self.build_args(),
        )


def with_helpers(place: Workplace, job: Job) -> float:
    """Builds with our helpers and returns the seconds it took."""
    request = job.request()
    with images.replacing(place.client, job.image):
        return seconds(lambda: cache_journal.build(place.client, request, scenario=Scenario.COLD))


def with_cli(place: Workplace, job: Job) -> float:
    """Builds with `docker build` and returns the seconds it took. Its records stay in the build cache.

    It gets the Dockerfile that we would send: with the same stand-ins.
    """
    sent = place.folder / f"{uuid.uuid4().hex}.Dockerfile"
    sent.write_text(served(place.client, job.request()).text, encoding="utf-8")
    words = [place.docker, "build", "-f", str(sent), "-t", job.image]
    words += ["--no-cache"] if job.cold else []
    words += ["--add-host", f"{cache_journal.owner()}.invalid:127.0.0.1"]  # as in our build
    words += [word for pair in job.build_args().items() for word in ("--build-arg", "=".join(pair))]
    with images.replacing(place.client, job.image):
        return seconds(lambda: command([*words, str(job.context)], WITH_BUILDKIT))


def sample(place: Workplace) -> Path:
    """A copy of the sample API that benchmarks may edit."""
    return Path(shutil.copytree(SAMPLE, place.folder / f"sample-{uuid.uuid4().hex}"))


def edit(folder: Path) -> None:
    """Edits the copy's source so that its content is new to every cache."""
    edits = editable(SAMPLE).edits(Scenario.SOURCE_EDIT, SAMPLE, uuid.uuid4().hex)
    for path, content in edits.items():
        (folder / path).write_bytes(content)


def dockerfile(section: str) -> Path:
    """The path of a section's Dockerfile."""
    return PROJECT / "dockerfiles" / f"{section}.Dockerfile"
