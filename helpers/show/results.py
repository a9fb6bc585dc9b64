"""Tables of one build, instruction by instruction, and of one container run."""

from collections.abc import Sequence

from helpers.records import BaseImage, Build, Instruction, Run
from helpers.show import notes, units
from helpers.show.table import Table
from helpers.show.words import one_line

LOG_LINES = 6  # last lines of a container's log


def build_table(build: Build, base_images: Sequence[BaseImage] = ()) -> Table:
    """Each instruction of a build: its seconds, whether it ran or was cached, the MB of its layer."""
    outcome = {True: "cached", False: "ran", None: units.ABSENT}
    cells = [
        [one_line(step.name), units.seconds(step.seconds), outcome[step.cached], _layer(step)]
        for step in build.instructions
    ]
    total = f"{build.scenario} build: {units.seconds(build.seconds)} s in total (wall clock) · {notes.ONCE}"
    missing = [] if build.trace_complete else [notes.INCOMPLETE_TRACE]
    headers = ["instruction", "s", "ran or cached", "layer MB"]
    if not any(step.layer_bytes is not None for step in build.instructions):
        headers, cells = headers[:-1], [row[:-1] for row in cells]
    return Table(headers, cells, [total, *missing, *notes.bases(base_images)])


def _layer(step: Instruction) -> str:
    return units.megabytes(None if step.layer_bytes is None else units.in_megabytes(step.layer_bytes))


def run_table(run: Run, base_images: Sequence[BaseImage] = ()) -> Table:
    """A container's first answer, user, capabilities, memory, shutdown and last log lines."""
    facts = {"first answer": f"{run.health.status}, {units.seconds(run.health.seconds_to_healthy)} s after the start"}
    if run.process:
        facts |= {"runs as": f"uid {run.process.uid}, gid {run.process.gid}"}
        default = "Docker's default: " if run.process.has_dockers_default else ""
        facts |= {"capabilities": one_line(default + " ".join(run.process.effective_capabilities)) or "none"}
        if run.process.no_new_privileges is not None:
            facts |= {"new privileges": "never" if run.process.no_new_privileges else "through setuid programs"}
    if run.memory_bytes:
        facts |= {"memory": units.bytes_in_words(run.memory_bytes)}
    if run.shutdown:
        facts |= {"after SIGTERM": f"exit code {run.shutdown.exit_code} in {units.seconds(run.shutdown.seconds)} s"}
        facts |= {"request in flight": _REQUESTS[run.shutdown.request_finished]}
    if run.verdict:
        facts |= {"health status": run.verdict}
    log = [f"log: {one_line(line)}" for line in run.log.splitlines()[-LOG_LINES:]]
    below = [notes.ONCE, *run.notes, *notes.bases(base_images), *log]
    return Table(["container", ""], list(facts.items()), below, numbers=False)


_REQUESTS = {True: "finished", False: "dropped", None: "none"}
