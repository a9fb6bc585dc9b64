"""One-line summaries of engines, builds, images and containers, and short names of instructions.

A line names any stand-in it depends on, and the date if its values were recorded. Its HTML is one sentence that
unfolds to the other facts.
"""

import re
import statistics
from collections.abc import Sequence

from helpers.charts import notes, rich
from helpers.charts.rich import Rich
from helpers.core import units
from helpers.core.printable import one_line
from helpers.core.records import BaseImage, Build, Check, Engine, Image, Instruction, Process, Replay, Run, Shutdown
from helpers.metrics.instructions import cache_use

NOTHING_MEASURED = "Nothing is measured on this machine."
NAME_WIDTH = 36  # characters in the short name of an instruction
_FLAG = re.compile(r"\s--[a-z]+=\S+")  # flags of RUN and COPY, left out to keep names short


def engine_line(engine: Engine, base_images: Sequence[BaseImage] = (), machine: str = "", repeats: int = 0) -> Rich:
    """The engine, its address and how it was chosen; a line for each source of base images; the machine; `repeats`.

    Here, once in a notebook, all of it is in full; the charts and tables have a short note with a tooltip.
    """
    chosen = f" (by {engine.chosen_by})" if engine.chosen_by else ""
    reached = f"Docker Engine {engine.version} at {engine.address}{chosen}, {engine.storage}, {engine.architecture}"
    here = f"this machine: {machine}" if machine else ""
    more = [*notes.bases(base_images), *filter(None, [here, _times(repeats)])]
    return rich.summary("\n".join([reached, *more]), f"Connected to Docker Engine {engine.version}.", [reached, *more])


def replay_line(replay: Replay, base_images: Sequence[BaseImage] = ()) -> Rich:
    """What is replayed: the date, engine and machine of the recording; a line for each source of base images."""
    engine = replay.engine
    used = f"Docker Engine {engine.version}, {engine.storage}, {engine.architecture}"
    what = f"Replay: {notes.recorded_on(replay.recorded)} with {used}, on {replay.machine.name}. {NOTHING_MEASURED}"
    more = notes.bases(base_images)
    return rich.summary("\n".join([what, *more]), what, more)


def _times(repeats: int) -> str:
    """How often each build is measured."""
    if repeats < 1:
        return ""
    return notes.ONCE if repeats == 1 else f"n = {repeats}: each build is measured {repeats} times, with its median"


def build_line(build: Build, base_images: Sequence[BaseImage] = ()) -> Rich:
    """A build: its time, cached instructions, context sent and modules downloaded."""
    used = cache_use(build)
    took = f"{build.scenario} build: {units.seconds(build.seconds)} s"
    counts = f"{_count(used.ran, 'instruction')} ran, {used.cached} cached"
    outcome = counts if build.trace_complete else notes.INCOMPLETE_TRACE
    more = (
        "" if build.context_bytes is None else f"{units.bytes_in_words(build.context_bytes)} of context sent",
        f"{_count(build.modules_downloaded, 'module')} downloaded" if build.modules_downloaded else "",
        _count(len(build.warnings), "warning") if build.warnings else "",
        notes.taken_over(build),
        *build.notes,
    )
    mark = notes.mark(base_images)
    tooltip = notes.marked(base_images)
    sentence = _dated(f"{_upper(took)}; {outcome}.", base_images)
    return rich.summary(_joined(took, outcome, *more, mark), sentence, [*more, *tooltip])


def cached_line(name: str, build: Build, base_images: Sequence[BaseImage] = ()) -> str:
    """A build that could use the cache: its time, and how many instructions came from the cache."""
    used = cache_use(build)
    counts = f"{_count(used.ran, 'instruction')} ran, {used.cached} cached" if used.ran else "all of it from the cache"
    outcome = counts if build.trace_complete else notes.INCOMPLETE_TRACE
    took = f"{name}: built in {units.seconds(build.seconds)} s"
    return _joined(took, outcome, notes.taken_over(build), notes.mark(base_images))


def short_name(step: Instruction) -> str:
    """The instruction without flags, prefixed with its stage, at most NAME_WIDTH characters: "build · RUN go build"."""
    text = _FLAG.sub("", step.text)
    return one_line(f"{step.stage} · {text}" if step.stage else text, NAME_WIDTH)


def repeats_line(build: Build, seconds: Sequence[float], base_images: Sequence[BaseImage] = ()) -> str:
    """The median, minimum and maximum time of several builds."""
    return _joined(
        f"{build.scenario} build: median {units.seconds(statistics.median_low(seconds))} s",
        f"from {units.seconds(min(seconds))} to {units.seconds(max(seconds))} s, n = {len(seconds)}",
        notes.taken_over(build),
        notes.mark(base_images),
    )


def image_line(image: Image, base_images: Sequence[BaseImage] = ()) -> Rich:
    """An image: its size by our count and by the engine's, its layers, transfer size and user."""
    ours, engines = (units.megabytes(units.in_megabytes(count)) for count in (image.bytes, image.engine_bytes))
    layers = _count(len(image.layers), "layer") if image.layers else ""
    transfer = "" if image.transfer_bytes is None else f"about {units.bytes_in_words(image.transfer_bytes)} to transfer"
    user = f"runs as {image.user or 'root'}"
    reported = f"reported by the engine: {engines} MB"
    text = _joined(f"image: {ours} MB ({reported})", layers, transfer, user, notes.mark(base_images))
    more = [reported, layers, transfer, *notes.marked(base_images)]
    return rich.summary(text, _dated(f"The image has {ours} MB and {user}.", base_images), more)


def command_line(build: Build) -> Rich:
    """The same build as a command of the Docker CLI, and the official images that the command needs."""
    needed = [] if "--build-context" in build.command or build.input is None else [*build.input.stand_ins]
    remark = f"needs the official {' and '.join(needed)}: this engine can't use a stand-in for it" if needed else ""
    return rich.commands(
        _joined(f"same with the CLI: {build.command}", remark), [build.command] if build.command else [], remark
    )


def commands_line(commands: Sequence[str]) -> Rich:
    """A run as commands of the Docker CLI and curl."""
    return rich.commands("\n".join(["same with the CLI:", *commands]), commands)


def checks_lines(checks: Sequence[Check], details: bool = False) -> Rich:
    """A line for each claim: whether it was proved. In HTML, each has a link to the official page that documents it.

    Below a claim that doesn't apply is the reason; with `details`, below one that failed is what was found.
    """
    marked = [(f"{check.mark} {check.claim}", check.source, _detail(check, details)) for check in checks]
    pages = [
        f"{rich.html_of(line)[: -len('</div>')]} {_documented(source)}</div>{rich.html_of(detail) if detail else ''}"
        for line, source, detail in marked
    ]
    return Rich("\n".join(part for line, _, detail in marked for part in (line, detail) if part), "".join(pages))


def _detail(check: Check, details: bool) -> str:
    """The line below a check; "" if there is none."""
    if not check.applies:
        return f"  Doesn't apply: {check.detail}"
    return f"  {check.detail}" if details and check.failed and check.detail else ""


def _documented(source: str) -> str:
    return rich.link(source, "documentation") if source else ""


def run_line(run: Run, base_images: Sequence[BaseImage] = ()) -> Rich:
    """A container: its first answer, user, memory, health and shutdown."""
    answered = f"first {run.health.status} after {units.seconds(run.health.seconds_to_healthy)} s"
    more = (
        _process(run.process) if run.process else "",
        f"{units.bytes_in_words(run.memory_bytes)} of memory" if run.memory_bytes else "",
        f"health status {run.verdict}" if run.verdict else "",
        _shutdown(run.shutdown) if run.shutdown else "",
        *run.notes,
        notes.taken_over(run),
    )
    text = _joined(f"container: {answered}", *more, notes.mark(base_images))
    return rich.summary(text, _dated(f"{_upper(answered)}.", base_images), [*more, *notes.marked(base_images)])


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


def _dated(sentence: str, base_images: Sequence[BaseImage]) -> str:
    """The sentence, followed by the date if its values were recorded."""
    when = notes.recorded(base_images)
    return f"{sentence} {_upper(when)}." if when else sentence


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
