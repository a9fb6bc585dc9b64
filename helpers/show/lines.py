"""What came of a build, a container, a guess, each in one line; a stand-in is named where a figure rests on one."""

import statistics
from collections.abc import Sequence

from helpers.records import BaseImage, Build, Engine, Image, Process, Run, Shutdown
from helpers.show import notes, units

CLOSE = 1.1  # a guess within a tenth of what was measured is a good one


def engine_line(engine: Engine, base_images: Sequence[BaseImage] = ()) -> str:
    """Which engine was reached and how, and a line for each source of base images."""
    chosen = f" (by {engine.chosen_by})" if engine.chosen_by else ""
    reached = f"Docker Engine {engine.version} at {engine.address}{chosen}, {engine.storage}, {engine.architecture}"
    return "\n".join([reached, *notes.bases(base_images)])


def build_line(build: Build, base_images: Sequence[BaseImage] = ()) -> str:
    """How long a build took, how much of it came from the cache, and what was sent and fetched for it."""
    ran = sum(step.cached is False for step in build.instructions)
    cached = sum(step.cached is True for step in build.instructions)
    return _joined(
        f"{build.scenario} build: {units.seconds(build.seconds)} s",
        f"{_count(ran, 'instruction')} ran, {cached} from the cache" if build.trace_complete else _INCOMPLETE,
        "" if build.context_bytes is None else f"{units.bytes_in_words(build.context_bytes)} of context sent",
        f"{_count(build.modules_downloaded, 'module')} downloaded" if build.modules_downloaded else "",
        _count(len(build.warnings), "warning") if build.warnings else "",
        notes.stand_in(base_images),
    )


def repeats_line(build: Build, seconds: Sequence[float], base_images: Sequence[BaseImage] = ()) -> str:
    """The median of several builds, with the smallest and the largest."""
    return _joined(
        f"{build.scenario} build: median {units.seconds(statistics.median_low(seconds))} s",
        f"from {units.seconds(min(seconds))} to {units.seconds(max(seconds))} s, n = {len(seconds)}",
        notes.stand_in(base_images),
    )


def image_line(image: Image, base_images: Sequence[BaseImage] = ()) -> str:
    """What an image weighs, by our count and by the engine's, and as whom it runs."""
    ours, engines = (units.megabytes(units.in_megabytes(count)) for count in (image.bytes, image.engine_bytes))
    return _joined(
        f"image: {ours} MB (the engine's own figure: {engines} MB)",
        _count(len(image.layers), "layer") if image.layers else "",
        "" if image.transfer_bytes is None else f"about {units.bytes_in_words(image.transfer_bytes)} to transfer",
        f"runs as {image.user}" if image.user else "runs as root",
        notes.stand_in(base_images),
    )


def run_line(run: Run, base_images: Sequence[BaseImage] = ()) -> str:
    """How soon a container answered, as whom it ran and how it ended."""
    health = run.health
    return _joined(
        f"container: first {health.status} after {units.seconds(health.seconds_to_healthy)} s",
        _process(run.process) if run.process else "",
        f"{units.bytes_in_words(run.memory_bytes)} of memory" if run.memory_bytes else "",
        f"the engine calls it {run.verdict}" if run.verdict else "",
        _shutdown(run.shutdown) if run.shutdown else "",
        *run.notes,
        notes.stand_in(base_images),
    )


def guess_line(
    build: Build, image: Image, megabytes: float, seconds: float, base_images: Sequence[BaseImage] = ()
) -> str:
    """The reader's guess beside what was measured."""
    size = units.in_megabytes(image.bytes)
    return _joined(
        f"you guessed {megabytes:g} MB, it is {units.megabytes(size)} MB: {_verdict(megabytes, size)}",
        f"you guessed {seconds:g} s, it took {units.seconds(build.seconds)} s: {_verdict(seconds, build.seconds)}",
        notes.stand_in(base_images),
    )


_INCOMPLETE = "some of the engine's account of this build could not be read"


def _process(process: Process) -> str:
    capabilities = len(process.effective_capabilities)
    default = " (Docker's default)" if process.has_dockers_default else ""
    return f"uid {process.uid}, gid {process.gid}, {_count(capabilities, 'capability', 'capabilities')}{default}"


def _shutdown(shutdown: Shutdown) -> str:
    fate = {True: ", the request in flight was finished", False: ", the request in flight was dropped", None: ""}
    ended = f"ended {units.seconds(shutdown.seconds)} s after SIGTERM with exit code {shutdown.exit_code}"
    return ended + fate[shutdown.request_finished]


def _verdict(guessed: float, measured: float) -> str:
    if guessed <= 0 or measured <= 0:
        return "no factor tells how far off"
    factor = measured / guessed
    if 1 / CLOSE <= factor <= CLOSE:
        return "well guessed"
    return f"{factor:,.1f} times as much" if factor > 1 else f"{1 / factor:,.1f} times less"


def _count(number: int, thing: str, things: str = "") -> str:
    return f"{number or 'no'} {thing if number == 1 else things or thing + 's'}"


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
