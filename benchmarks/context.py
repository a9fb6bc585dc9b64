"""Large build contexts: 20,000 small files, and 500 MB of which `.dockerignore` excludes 450 MB."""

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import memory
from benchmarks.builds import Job, with_cli, with_helpers
from benchmarks.pair import Rival, Side, compared
from benchmarks.result import Result
from benchmarks.workplace import Workplace
from helpers.engine import images
from helpers.measure import cache_journal

NAME = "context"
_DOCKERFILE = "FROM scratch\nCOPY . /\n"
FOLDERS, FILES_EACH = 200, 100
KEPT, IGNORED, FILE_BYTES = 5, 45, 10_000_000
_FIRST, _LATER, _LARGE = 1.3, 1.5, 1.1  # limits of the ratio to `docker build`
_NO_GROWTH = 1.1  # limit of the ratio to a small context; processes vary by less than this


@dataclass
class FreshContext:
    """A context that can be made new to every engine: engines identify a folder by its name, files by their content."""

    path: Path

    def renew(self) -> None:
        """Renames the folder and changes its content, so that no engine has cached it."""
        self.path = self.path.rename(self.path.with_name(uuid.uuid4().hex))
        (self.path / "nonce").write_text(uuid.uuid4().hex, encoding="utf-8")


@dataclass
class _Trial:
    """A context to benchmark."""

    place: Workplace
    context: FreshContext
    dockerfile: Path = field(init=False)

    def __post_init__(self) -> None:
        self.dockerfile = self.place.folder / "copy.Dockerfile"
        self.dockerfile.write_text(_DOCKERFILE, encoding="utf-8")

    def job(self, tag: str) -> Job:
        return Job(self.context.path, self.dockerfile, tag)

    def first(self, work: Callable[[Workplace, Job], float]) -> Side:
        """A side that builds a context that is new to the engine."""

        def side() -> float:
            self.context.renew()
            took = work(self.place, self.job("first"))
            cache_journal.sweep(self.place.client)
            return took

        return side

    def later(self, work: Callable[[Workplace, Job], float], tag: str) -> Side:
        """A side that builds the unchanged context again."""
        return lambda: work(self.place, self.job(tag))

    def peak(self) -> float:
        """Peak memory, in MB, of a process that does one first build and nothing else."""
        self.context.renew()
        job = self.job("peak")
        with images.replacing(self.place.client, job.image):
            took = memory.of_build(job.context, job.dockerfile, job.image)
        cache_journal.sweep(self.place.client)
        return took


def measure(place: Workplace) -> Iterator[Result]:
    """Measures the seconds of both contexts, then their peak memory."""
    many = _Trial(place, FreshContext(many_files(place.folder / "many")))
    large = _Trial(place, FreshContext(mostly_ignored(place.folder / "large")))
    yield from _against_docker(many.first, "20,000 files, first", _FIRST, place)
    docker_build = Rival("docker build", many.later(with_cli, "theirs"), _LATER)
    yield from compared(NAME, "20,000 files, later", many.later(with_helpers, "ours"), [docker_build], place.repeats)
    yield from _against_docker(large.first, "500 MB, 450 ignored", _LARGE, place)
    yield from _memory(place, {"20,000 files": many, "500 MB, 450 ignored": large})


def many_files(folder: Path, folders: int = FOLDERS, files_each: int = FILES_EACH) -> Path:
    """Creates files of a few bytes: 20,000 in 200 folders."""
    for number in range(folders):
        below = folder / f"folder-{number:03}"
        below.mkdir(parents=True)
        for each in range(files_each):
            (below / f"file-{each:03}.txt").write_text(f"{number} {each} {uuid.uuid4().hex}\n", encoding="utf-8")
    return folder


def mostly_ignored(folder: Path, file_bytes: int = FILE_BYTES) -> Path:
    """Creates 500 MB in 50 files; the 450 MB that `.dockerignore` excludes are sparse files."""
    (folder / "ignored").mkdir(parents=True)
    (folder / ".dockerignore").write_text("ignored\n", encoding="utf-8")
    for number in range(KEPT):
        (folder / f"kept-{number}").write_bytes(os.urandom(file_bytes))
    for number in range(IGNORED):
        with (folder / "ignored" / f"{number}").open("wb") as file:
            file.truncate(file_bytes)
    return folder


def _small(folder: Path) -> Path:
    folder.mkdir()
    (folder / "file").write_text("small", encoding="utf-8")
    return folder


def _against_docker(
    side: Callable[[Callable[[Workplace, Job], float]], Side], name: str, limit: float, place: Workplace
) -> list[Result]:
    return compared(NAME, name, side(with_helpers), [Rival("docker build", side(with_cli), limit)], place.repeats)


def _memory(place: Workplace, trials: dict[str, _Trial]) -> Iterator[Result]:
    small = _Trial(place, FreshContext(_small(place.folder / "small")))
    for name, trial in trials.items():
        if memory.PEAK_AVAILABLE:
            comparison = Rival("a small context", small.peak, _NO_GROWTH)
            yield from compared(NAME, f"{name}, peak memory", trial.peak, [comparison], place.repeats, "MB")
        else:
            yield Result(NAME, f"{name}, peak memory", "MB", against="a small context", missing=memory.UNAVAILABLE)
