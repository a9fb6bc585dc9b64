"""What one build did, instruction by instruction, and how one container fared, as tables."""

from collections.abc import Sequence

from helpers.records import BaseImage, Build, Instruction, Run
from helpers.show import notes, units
from helpers.show.table import Table
from helpers.show.words import one_line

LOG_LINES = 6  # of a container's log


def build_table(build: Build, base_images: Sequence[BaseImage] = ()) -> Table:
    """What the engine did in one build: each instruction, its seconds, whether it ran or came from the cache."""
    outcome = {True: "cached", False: "ran", None: units.ABSENT}
    cells = [
        [one_line(step.name), units.seconds(step.seconds), outcome[step.cached], _layer(step)]
        for step in build.instructions
    ]
    total = f"{build.scenario} build: {units.seconds(build.seconds)} s in all, by the clock · {notes.ONCE}"
    missing = [] if build.trace_complete else ["some of the engine's account of this build could not be read"]
    headers = ["instruction", "s", "ran or cached", "layer MB"]
    if not any(step.layer_bytes is not None for step in build.instructions):
        headers, cells = headers[:-1], [row[:-1] for row in cells]
    return Table(headers, cells, [total, *missing, *notes.bases(base_images)])


def _layer(step: Instruction) -> str:
    return units.megabytes(None if step.layer_bytes is None else units.in_megabytes(step.layer_bytes))


def run_table(run: Run, base_images: Sequence[BaseImage] = ()) -> Table:
    """How a container answered, as whom it ran, how it ended, and the last lines of its log."""
    facts = {"first answer": f"{run.health.status}, {units.seconds(run.health.seconds_to_healthy)} s after the start"}
    if run.process:
        facts |= {"runs as": f"uid {run.process.uid}, gid {run.process.gid}"}
        default = "Docker's default: " if run.process.has_dockers_default else ""
        facts |= {"capabilities": one_line(default + " ".join(run.process.effective_capabilities)) or "none"}
        if run.process.no_new_privileges is not None:
            facts |= {"new privileges": "never" if run.process.no_new_privileges else "from setuid programs"}
    if run.memory_bytes:
        facts |= {"memory": units.bytes_in_words(run.memory_bytes)}
    if run.shutdown:
        facts |= {"after SIGTERM": f"exit code {run.shutdown.exit_code} in {units.seconds(run.shutdown.seconds)} s"}
        facts |= {"request in flight": _FATES[run.shutdown.request_finished]}
    if run.verdict:
        facts |= {"the engine's verdict": run.verdict}
    log = [f"log: {one_line(line)}" for line in run.log.splitlines()[-LOG_LINES:]]
    below = [notes.ONCE, *run.notes, *notes.bases(base_images), *log]
    return Table(["container", ""], list(facts.items()), below, numbers=False)


_FATES = {True: "finished", False: "dropped", None: "none"}
