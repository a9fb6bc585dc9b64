"""One-line summaries of engines, builds, images and containers, and short names of instructions.

A line names any stand-in it depends on.
"""

import re
import statistics
from collections.abc import Sequence

from helpers.charts import notes
from helpers.core import units
from helpers.core.printable import one_line
from helpers.core.records import BaseImage, Build, Engine, Image, Instruction, Process, Run, Shutdown
from helpers.metrics.instructions import cache_use

NAME_WIDTH = 36  # characters in the short name of an instruction
_FLAG = re.compile(r"\s--[a-z]+=\S+")  # flags of RUN and COPY, left out to keep names short


def engine_line(engine: Engine, base_images: Sequence[BaseImage] = ()) -> str:
    """The engine, its address and how it was chosen; then a line for each source of base images."""
    chosen = f" (by {engine.chosen_by})" if engine.chosen_by else ""
    reached = f"Docker Engine {engine.version} at {engine.address}{chosen}, {engine.storage}, {engine.architecture}"
    return "\n".join([reached, *notes.bases(base_images)])


def build_line(build: Build, base_images: Sequence[BaseImage] = ()) -> str:
    """A build: its time, cached instructions, context sent and modules downloaded."""
    used = cache_use(build)
    outcome = f"{_count(used.ran, 'instruction')} ran, {used.cached} cached"
    return _joined(
        f"{build.scenario} build: {units.seconds(build.seconds)} s",
        outcome if build.trace_complete else notes.INCOMPLETE_TRACE,
        "" if build.context_bytes is None else f"{units.bytes_in_words(build.context_bytes)} of context sent",
        f"{_count(build.modules_downloaded, 'module')} downloaded" if build.modules_downloaded else "",
        _count(len(build.warnings), "warning") if build.warnings else "",
        notes.stand_in(base_images),
    )


def cached_line(name: str, build: Build, base_images: Sequence[BaseImage] = ()) -> str:
    """A build that could use the cache: its time, and how many instructions came from the cache."""
    used = cache_use(build)
    outcome = f"{_count(used.ran, 'instruction')} ran, {used.cached} cached" if used.ran else "all of it from the cache"
    return _joined(f"{name}: built in {units.seconds(build.seconds)} s", outcome, notes.stand_in(base_images))


def short_name(step: Instruction) -> str:
    """The instruction without flags, prefixed with its stage, at most NAME_WIDTH characters: "build · RUN go build"."""
    text = _FLAG.sub("", step.text)
    return one_line(f"{step.stage} · {text}" if step.stage else text, NAME_WIDTH)


def repeats_line(build: Build, seconds: Sequence[float], base_images: Sequence[BaseImage] = ()) -> str:
    """The median, minimum and maximum time of several builds."""
    return _joined(
        f"{build.scenario} build: median {units.seconds(statistics.median_low(seconds))} s",
        f"from {units.seconds(min(seconds))} to {units.seconds(max(seconds))} s, n = {len(seconds)}",
        notes.stand_in(base_images),
    )


def image_line(image: Image, base_images: Sequence[BaseImage] = ()) -> str:
    """An image: its size by our count and by the engine's, its layers, transfer size and user."""
    ours, engines = (units.megabytes(units.in_megabytes(count)) for count in (image.bytes, image.engine_bytes))
    return _joined(
        f"image: {ours} MB (reported by the engine: {engines} MB)",
        _count(len(image.layers), "layer") if image.layers else "",
        "" if image.transfer_bytes is None else f"about {units.bytes_in_words(image.transfer_bytes)} to transfer",
        f"runs as {image.user}" if image.user else "runs as root",
        notes.stand_in(base_images),
    )


def command_line(build: Build) -> str:
    """The same build as a command of the Docker CLI, and the official images that the command needs."""
    needed = [] if "--build-context" in build.command or build.input is None else [*build.input.stand_ins]
    return _joined(
        f"same with the CLI: {build.command}",
        f"needs the official {' and '.join(needed)}: this engine can't use a stand-in for it" if needed else "",
    )


def run_line(run: Run, base_images: Sequence[BaseImage] = ()) -> str:
    """A container: its first answer, user, memory, health and shutdown."""
    health = run.health
    return _joined(
        f"container: first {health.status} after {units.seconds(health.seconds_to_healthy)} s",
        _process(run.process) if run.process else "",
        f"{units.bytes_in_words(run.memory_bytes)} of memory" if run.memory_bytes else "",
        f"health status {run.verdict}" if run.verdict else "",
        _shutdown(run.shutdown) if run.shutdown else "",
        *run.notes,
        notes.stand_in(base_images),
    )


def _process(process: Process) -> str:
    capabilities = len(process.effective_capabilities)
    default = " (Docker's default)" if process.has_dockers_default else ""
    return f"uid {process.uid}, gid {process.gid}, {_count(capabilities, 'capability', 'capabilities')}{default}"


def _shutdown(shutdown: Shutdown) -> str:
    outcome = {True: ", the request in flight was finished", False: ", the request in flight was dropped", None: ""}
    ended = f"ended {units.seconds(shutdown.seconds)} s after SIGTERM with exit code {shutdown.exit_code}"
    return ended + outcome[shutdown.request_finished]


def _count(number: int, thing: str, things: str = "") -> str:
    return f"{number or 'no'} {thing if number == 1 else things or thing + 's'}"


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
