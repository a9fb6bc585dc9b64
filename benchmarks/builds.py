"""One build, by us and by hand: the same Dockerfile, the same folder, the same arguments, wall clock."""

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from buildkit_session import Context

from benchmarks.pair import seconds
from benchmarks.workplace import IMAGES, Workplace, command
from helpers.course.sections import PROJECT
from helpers.engine import images
from helpers.engine.request import Request
from helpers.experiment import cache_journal
from helpers.experiment.edits import editable
from helpers.records import Scenario

SAMPLE = PROJECT / "sample_api_golang"
WITH_BUILDKIT = {"DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"}


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be built. Cold means that nothing is taken from any cache: cache mounts are new to it too."""

    context: Path
    dockerfile: Path
    tag: str  # of IMAGES
    cold: bool = False

    @property
    def image(self) -> str:
        """The name of the image."""
        return f"{IMAGES}:{self.tag}"

    def build_args(self) -> dict[str, str]:
        """What both sides pass."""
        return {"BUILDKIT_CACHE_MOUNT_NS": uuid.uuid4().hex if self.cold else IMAGES}


def by_us(place: Workplace, job: Job) -> float:
    """The seconds that our build takes."""
    request = Request(
        Context(job.context),
        job.dockerfile.read_text(encoding="utf-8"),
        tag=job.image,
        no_cache=job.cold,
        build_args=job.build_args(),
    )
    with images.replacing(place.client, job.image):
        return seconds(lambda: cache_journal.build(place.client, request, scenario=Scenario.COLD))


def by_hand(place: Workplace, job: Job) -> float:
    """The seconds that `docker build` takes. What it leaves in the build cache stays, as after any `docker build`."""
    words = [place.docker, "build", "-f", str(job.dockerfile), "-t", job.image]
    words += ["--no-cache"] if job.cold else []
    words += ["--add-host", f"{cache_journal.owner()}.invalid:127.0.0.1"]  # as ours, so that both do the same work
    words += [word for pair in job.build_args().items() for word in ("--build-arg", "=".join(pair))]
    with images.replacing(place.client, job.image):
        return seconds(lambda: command([*words, str(job.context)], WITH_BUILDKIT))


def sample(place: Workplace) -> Path:
    """The sample API, copied to where it may be edited."""
    return Path(shutil.copytree(SAMPLE, place.folder / f"sample-{uuid.uuid4().hex}"))


def edit(folder: Path) -> None:
    """Edits the copy's source on disk as no engine has seen it before."""
    edits = editable(SAMPLE).edits(Scenario.SOURCE_EDIT, SAMPLE, uuid.uuid4().hex)
    for path, content in edits.items():
        (folder / path).write_bytes(content)


def dockerfile(section: str) -> Path:
    """A section's Dockerfile as the course has it."""
    return PROJECT / "dockerfiles" / f"{section}.Dockerfile"
