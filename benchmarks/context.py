"""Large build contexts: 20,000 small files, and 500 MB of which `.dockerignore` leaves out nine tenths."""

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import memory
from benchmarks.builds import Job, by_hand, by_us
from benchmarks.pair import Rival, Side, compared
from benchmarks.result import Result
from benchmarks.workplace import Workplace
from helpers.engine import images
from helpers.experiment import cache_journal

NAME = "context"
_DOCKERFILE = "FROM scratch\nCOPY . /\n"
_FOLDERS, _FILES_EACH = 200, 100
_KEPT, _LEFT_OUT, _FILE_BYTES = 5, 45, 10_000_000
_FIRST, _LATER, _LARGE = 1.3, 1.5, 1.1  # limits of the ratio to `docker build`
_NO_GROWTH = 1.1  # limit of the ratio to a small context: what a process takes differs by less from one to the next


@dataclass
class Moving:
    """A context that can be made new to every engine: engines know a folder by its name, and files by their content."""

    path: Path

    def renew(self) -> None:
        """From now on nobody has seen it."""
        self.path = self.path.rename(self.path.with_name(uuid.uuid4().hex))
        (self.path / "nonce").write_text(uuid.uuid4().hex, encoding="utf-8")


@dataclass
class _Trial:
    """One context on the bench."""

    place: Workplace
    context: Moving
    dockerfile: Path = field(init=False)

    def __post_init__(self) -> None:
        self.dockerfile = self.place.folder / "copy.Dockerfile"
        self.dockerfile.write_text(_DOCKERFILE, encoding="utf-8")

    def job(self, tag: str) -> Job:
        return Job(self.context.path, self.dockerfile, tag)

    def first(self, work: Callable[[Workplace, Job], float]) -> Side:
        """A side that builds it as if for the first time."""

        def side() -> float:
            self.context.renew()
            took = work(self.place, self.job("first"))
            cache_journal.sweep(self.place.client)
            return took

        return side

    def later(self, work: Callable[[Workplace, Job], float], tag: str) -> Side:
        """A side that builds what was built before."""
        return lambda: work(self.place, self.job(tag))

    def peak(self) -> float:
        """The memory, in MB, that a process takes at most which does one first build and nothing else."""
        self.context.renew()
        job = self.job("peak")
        with images.replacing(self.place.client, job.image):
            took = memory.of_build(job.context, job.dockerfile, job.image)
        cache_journal.sweep(self.place.client)
        return took


def measure(place: Workplace) -> Iterator[Result]:
    """Seconds of both contexts, then the memory that they take."""
    many = _Trial(place, Moving(many_files(place.folder / "many")))
    large = _Trial(place, Moving(much_ignored(place.folder / "large")))
    yield from _against_docker(many.first, "20,000 files, first", _FIRST, place)
    by_docker = Rival("docker build", many.later(by_hand, "theirs"), _LATER)
    yield from compared(NAME, "20,000 files, later", many.later(by_us, "ours"), [by_docker], place.repeats)
    yield from _against_docker(large.first, "500 MB, 450 left out", _LARGE, place)
    yield from _memory(place, {"20,000 files": many, "500 MB, 450 left out": large})


def many_files(folder: Path) -> Path:
    """20,000 files of some bytes in 200 folders."""
    for number in range(_FOLDERS):
        below = folder / f"folder-{number:03}"
        below.mkdir(parents=True)
        for each in range(_FILES_EACH):
            (below / f"file-{each:03}.txt").write_text(f"{number} {each} {uuid.uuid4().hex}\n", encoding="utf-8")
    return folder


def much_ignored(folder: Path) -> Path:
    """500 MB in files of 10 MB; the 450 MB that `.dockerignore` names take no room on the disk."""
    (folder / "left-out").mkdir(parents=True)
    (folder / ".dockerignore").write_text("left-out\n", encoding="utf-8")
    for number in range(_KEPT):
        (folder / f"kept-{number}").write_bytes(os.urandom(_FILE_BYTES))
    for number in range(_LEFT_OUT):
        with (folder / "left-out" / f"{number}").open("wb") as file:
            file.truncate(_FILE_BYTES)
    return folder


def _small(folder: Path) -> Path:
    folder.mkdir()
    (folder / "file").write_text("small", encoding="utf-8")
    return folder


def _against_docker(
    side: Callable[[Callable[[Workplace, Job], float]], Side], name: str, limit: float, place: Workplace
) -> list[Result]:
    return compared(NAME, name, side(by_us), [Rival("docker build", side(by_hand), limit)], place.repeats)


def _memory(place: Workplace, trials: dict[str, _Trial]) -> Iterator[Result]:
    small = _Trial(place, Moving(_small(place.folder / "small")))
    for name, trial in trials.items():
        if memory.IS_TOLD:
            beside = Rival("a small context", small.peak, _NO_GROWTH)
            yield from compared(NAME, f"{name}, peak memory", trial.peak, [beside], place.repeats, "MB")
        else:
            yield Result(NAME, f"{name}, peak memory", "MB", against="a small context", missing=memory.UNTOLD)
