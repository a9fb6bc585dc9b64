"""Which improvement matters: section 11's Dockerfile without one of them at a time, built, run and measured."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from helpers.charts import notes
from helpers.charts.chart import Chart
from helpers.charts.matrix import Cell, Line, Shade, matrix
from helpers.core.errors import ContainerError
from helpers.core.records import Run, Scenario
from helpers.core.units import in_megabytes, megabytes
from helpers.course.section import Section
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions

COLUMNS = ("image", "source edit", "runs as", "log lines", "certificates", "HEALTHCHECK")
_SMALL = 100_000_000  # bytes; larger images aren't scanned for certificates, which would take longer than the builds
_SLOWER = 1.5  # factor from which a rebuild is shaded as worse: single builds differ for other reasons too
_MODULES = "--mount=type=cache,target=/go/pkg/mod \\\n    "
_COMPILED = "--mount=type=cache,target=/root/.cache/go-build \\\n    "
_CERTIFICATES = "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt\n"
_CHECK = (
    'HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 \\\n    CMD ["/api-golang", "healthcheck"]\n'
)

Changes = tuple[tuple[str, str], ...]  # each text and what replaces it, in this order

# What is left out, and how
IMPROVEMENTS: Mapping[str, Changes] = {
    "the empty final stage": (("\nFROM scratch\n", "\nFROM build\n"),),
    "copying go.mod first": (("\nCOPY . .\n", "\n"), ("COPY go.mod go.sum ./", "COPY . .")),
    "the cache mounts": ((_MODULES, ""), (_COMPILED, "")),
    "CGO_ENABLED=0": (("CGO_ENABLED=0 ", ""),),
    "-ldflags='-s -w'": (('    -ldflags="-s -w" \\\n', ""),),
    "-trimpath": (("    -trimpath \\\n", ""),),
    "the CA certificates": ((_CERTIFICATES, ""),),
    "USER": (("USER 1001:1001\n", ""),),
    "GIN_MODE=release": (("ENV GIN_MODE=release\n", ""),),
    "HEALTHCHECK": ((_CHECK, ""),),
}


@dataclass(frozen=True)
class Facts:
    """What one Dockerfile leads to. What could not be measured is None."""

    bytes: int
    edit_seconds: float
    run: Run | None  # None: the server didn't start
    certificates: bool | None
    healthcheck: bool


def without(dockerfile: str, changes: Changes) -> str | None:
    """The Dockerfile without an improvement; None if it doesn't have it."""
    for old, new in changes:
        if old not in dockerfile:
            return None
        dockerfile = dockerfile.replace(old, new)
    return dockerfile


def measured(experiment: Experiment) -> Facts:
    """Builds, rebuilds after a source edit, runs and inspects. Raises what a build raises, but no container's error."""
    experiment.ready()
    seconds = experiment.build(Scenario.SOURCE_EDIT).seconds
    image = experiment.image()
    certificates = experiment.contents().has_certificates if image.bytes < _SMALL else None
    return Facts(image.bytes, seconds, _run(experiment), certificates, bool(image.healthcheck))


def ablation(section: Section) -> Chart:
    """Chart: what each improvement of the section's Dockerfile is worth, measured by leaving it out.

    Builds and runs the Dockerfile without each of them; takes two to three minutes. Raises what build() raises.
    """
    first = _with_progress(section, section.dockerfile, "with everything")
    found: dict[str, Facts | None] = {}
    for number, (name, changes) in enumerate(IMPROVEMENTS.items(), start=1):
        text = without(section.dockerfile, changes)
        title = f"{number} of {len(IMPROVEMENTS)}, without {name}"
        found[f"without {name}"] = _with_progress(section, text, title) if text else None
    again = _with_progress(section, section.dockerfile, "with everything, again")
    return matrix(
        "Which improvements matter?", COLUMNS, rows(first, found, again), _small_print(section), first="Dockerfile"
    )


def rows(first: Facts, found: Mapping[str, Facts | None], again: Facts) -> list[Line]:
    """The chart's rows. The whole Dockerfile was measured `first` and `again`: others are compared with the faster."""
    whole, slower = sorted((first, again), key=lambda each: each.edit_seconds)
    others = [line_of(name, facts, whole) for name, facts in found.items()]
    return [line_of("everything", whole, None), *others, line_of("everything, slower time", slower, whole)]


def _with_progress(section: Section, text: str, title: str) -> Facts:
    experiment = section.experiment.altered("ablation", text)
    return section.reporter.during(experiment, title, lambda: measured(experiment))


def _run(experiment: Experiment) -> Run | None:
    try:
        return experiment.run(RunOptions(process=True, timeout=20))
    except ContainerError:
        return None


def line_of(name: str, facts: Facts | None, whole: Facts | None) -> Line:
    """The chart's row: differences from the `whole` Dockerfile, or values if that is None.

    No facts: the improvement isn't in the Dockerfile.
    """
    if facts is None:
        return Line(name, (Cell("not in this Dockerfile"), *(Cell() for _ in COLUMNS[1:])))
    return Line(name, tuple(_cells(facts, whole)))


def _cells(facts: Facts, whole: Facts | None) -> Iterator[Cell]:
    yield Cell(_size(facts, whole), _worse(whole and facts.bytes > whole.bytes * 1.01))
    yield Cell(_edit(facts, whole), _worse(whole and facts.edit_seconds > whole.edit_seconds * _SLOWER))
    yield Cell(_user(facts), _worse(facts.run is None or (facts.run.process and facts.run.process.uid == 0)))
    lines = _log_lines(facts)
    yield Cell("–" if lines is None else str(lines), _worse(whole and (lines or 0) > (_log_lines(whole) or 0)))
    yield Cell(_yes_or_no(facts.certificates), _worse(facts.certificates is False))
    yield Cell(_yes_or_no(facts.healthcheck), _worse(not facts.healthcheck))


def _log_lines(facts: Facts) -> int | None:
    return len(facts.run.log.splitlines()) if facts.run else None


def _worse(worse: object) -> Shade:
    return Shade.STRONG if worse else Shade.MUTED


def _size(facts: Facts, whole: Facts | None) -> str:
    if whole is None:
        return f"{megabytes(in_megabytes(facts.bytes))} MB"
    return f"{in_megabytes(facts.bytes - whole.bytes):+,.1f} MB"


def _edit(facts: Facts, whole: Facts | None) -> str:
    return f"{facts.edit_seconds:.1f} s" if whole is None else f"{facts.edit_seconds - whole.edit_seconds:+.1f} s"


def _user(facts: Facts) -> str:
    if facts.run is None or facts.run.process is None:
        return "doesn't start"
    return f"uid {facts.run.process.uid}"


def _yes_or_no(value: bool | None) -> str:
    return "not scanned" if value is None else "yes" if value else "no"


def _small_print(section: Section) -> Sequence[str]:
    once = (
        "n = 1, except for the whole Dockerfile: the first and the last row are its faster and its slower measurement"
    )
    return [note for note in (once, notes.mark(section.reporter.base)) if note]
