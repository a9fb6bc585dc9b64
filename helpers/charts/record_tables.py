"""Tables of an image: its contents, its packages, its layers and configuration."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from helpers.charts import notes
from helpers.charts.chart import Table
from helpers.core import units
from helpers.core.printable import one_line
from helpers.core.records import BaseImage, Build, Contents, Image, Instruction, Package, Packages, Run

if TYPE_CHECKING:
    from IPython.core.formatters import BaseFormatter
    from IPython.core.interactiveshell import InteractiveShell

NAMED = 4  # paths or packages listed by name; the rest are only counted
ESTIMATE = "an estimate, with layers compressed as for a push"
FOUND = "found by Syft in the image's files; a package that occurs twice in one version counts once"

ROWS: Mapping[str, Callable[[Contents], str]] = {
    "files": lambda inside: f"{inside.files:,}",
    "MB in files": lambda inside: units.megabytes(units.in_megabytes(inside.bytes)),
    "programs": lambda inside: f"{inside.executables:,}",
    "shells": lambda inside: _listed(inside.shells),
    "package managers": lambda inside: _listed(inside.package_managers),
    "compilers": lambda inside: _listed(inside.compilers),
    "setuid programs": lambda inside: _listed(inside.setuid),
    "users": lambda inside: _listed(inside.users),
    "CA certificates": lambda inside: _yes(inside.has_certificates),
    "time zones": lambda inside: _yes(inside.has_time_zones),
}


def contents_table(images: Mapping[str, Contents], base_images: Sequence[BaseImage] = ()) -> Table:
    """The contents of one image, or of several side by side, a column each."""
    cells = [[title, *(text(inside) for inside in images.values())] for title, text in ROWS.items()]
    return Table(["contents", *images], cells, [notes.MEGABYTES, *notes.marked(base_images)], numbers=False)


def packages_table(packages: Packages, base_images: Sequence[BaseImage] = ()) -> Table:
    """The software packages of an image: the count and some names for each kind, then the total."""
    cells = [[kind, f"{count:,}", _some(packages.named, kind)] for kind, count in packages.counts.items()]
    total = ["all kinds", f"{packages.total:,}", ""]
    return Table(["packages", "count", "examples"], [*cells, total], [FOUND, *notes.marked(base_images)], numbers=False)


def image_table(image: Image, base_images: Sequence[BaseImage] = ()) -> Table:
    """The layers of an image in MB, lowest first, with its configuration below."""
    layers = [
        [one_line(layer.created_by) or units.ABSENT, f"{units.in_megabytes(layer.bytes):,.2f}"]
        for layer in image.layers
    ]
    total = ["all layers", f"{units.in_megabytes(image.bytes):,.2f}"]
    lines = [notes.MEGABYTES, *_transfer(image), *notes.marked(base_images), *_configuration(image)]
    return Table(["layer", "MB"], [*layers, total], lines)


def _transfer(image: Image) -> list[str]:
    if image.transfer_bytes is None:
        return []
    return [f"about {units.bytes_in_words(image.transfer_bytes)} to transfer: {ESTIMATE}"]


def _configuration(image: Image) -> list[str]:
    settings = {
        "user": image.user or "root",
        "environment": _pairs(image.environment),
        "labels": _pairs(image.labels),
        "exposed ports": ", ".join(image.exposed_ports),
        "entrypoint": " ".join(image.entrypoint),
        "command": " ".join(image.command),
        "health check": " ".join(image.healthcheck),
    }
    return [f"{name}: {value or 'none'}" for name, value in settings.items()]


def _some(packages: Sequence[Package], kind: str) -> str:
    return _first([f"{package.name} {package.version}" for package in packages if package.kind == kind])


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _listed(found: Sequence[str]) -> str:
    if not found:
        return "none"
    return f"{len(found)}: {_first(found)}"


def _first(names: Sequence[str]) -> str:
    return ", ".join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])])


def _yes(present: bool) -> str:
    return "yes" if present else "no"


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
    return Table(headers, cells, [total, *missing, *notes.marked(base_images)])


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
    below = [notes.ONCE, *run.notes, *notes.marked(base_images), *log]
    return Table(["container", ""], list(facts.items()), below, numbers=False)


_REQUESTS = {True: "finished", False: "dropped", None: "none"}


FORMS: dict[type, Callable[..., Table]] = {
    Build: build_table,
    Contents: lambda contents, base_images: contents_table({"this image": contents}, base_images),
    Image: image_table,
    Packages: packages_table,
    Run: run_table,
}


def install(shell: "InteractiveShell | None", base_images: Sequence[BaseImage] = ()) -> None:
    """Registers the tables with an IPython shell; each names these base images. Does nothing if `shell` is None."""
    if shell is None or shell.display_formatter is None:
        return
    for kind, form in FORMS.items():
        _install(shell.display_formatter.formatters, kind, partial(form, base_images=base_images))


def _install(formatters: "Mapping[str, BaseFormatter]", kind: type, form: Callable[..., Table]) -> None:
    formatters["text/html"].for_type(kind, lambda record: form(record).html)
    formatters["text/plain"].for_type(kind, lambda record, printer, cycle: printer.text(str(form(record))))
