"""Section 10's table: what a linter and the engine's builder say about each Dockerfile, next to what it costs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from helpers.charts.chart import Table
from helpers.core import units
from helpers.core.records import Scenario
from helpers.course.baseline import with_baseline
from helpers.course.section import Section
from helpers.course.sections import discover
from helpers.engine.build_progress import Listener, silent
from helpers.engine.connection import describe
from helpers.measure import hadolint
from helpers.measure.experiment import Experiment
from helpers.measure.hadolint import Finding
from helpers.metrics import values
from helpers.metrics.values import Row

HEADERS = ("section", "hadolint", "build warnings", "image MB", "source-edit s")
NONE = "none"
EDIT = values.build_time(Scenario.SOURCE_EDIT)


@dataclass(frozen=True)
class Linted:
    """A section's Dockerfile: what was found in it, and what its image and its rebuild cost."""

    section: str
    findings: tuple[Finding, ...] | None  # None: hadolint isn't available
    warnings: tuple[str, ...]  # of the build
    megabytes: float | None
    edit_seconds: float | None

    @property
    def is_clean(self) -> bool:
        """Whether neither hadolint nor the build found anything."""
        return self.findings == () and not self.warnings


def table(section: Section) -> Table:
    """Lints and builds each section's Dockerfile, with whatever is cached, and lists what was found.

    The time of a rebuild is the latest on this machine, or the baseline's.

    Raises BuildFailed, EngineStopped or DiskFull.
    """
    measured = {row.section: row for row in values.rows(with_baseline(section.store.latest().values()))}
    with section.reporter.progress(f"{section.experiment.name}: linters") as bar:
        found = [_linted(each, measured, bar) for each in _experiments(section)]
    cells = [list(_cells(each)) for each in found]
    engine = describe(section.client)
    return Table(HEADERS, cells, [*remarks(found), f"build warnings: as Docker Engine {engine.version} reports them"])


def remarks(found: Sequence[Linted]) -> Iterator[str]:
    """What each rule says, and the largest and the slowest Dockerfile in which nothing was found."""
    if any(each.findings is None for each in found):
        yield f"{hadolint.MISSING}."
    rules = {finding.rule: finding.message for each in found for finding in each.findings or ()}
    yield from (f"{rule}: {message}" for rule, message in sorted(rules.items()))
    yield from dict.fromkeys(warning for each in found for warning in each.warnings)
    clean = [each for each in found if each.is_clean]
    yield from _most(clean, lambda each: each.megabytes, "The largest image without a finding", units.megabytes, "MB")
    yield from _most(clean, lambda each: each.edit_seconds, "The slowest rebuild without a finding", units.seconds, "s")


def _most(
    found: Iterable[Linted],
    value: Callable[[Linted], float | None],
    what: str,
    text: Callable[[float | None], str],
    unit: str,
) -> Iterator[str]:
    known = [(number, each) for each in found if (number := value(each)) is not None]
    if known:
        number, each = max(known, key=lambda pair: pair[0])
        yield f"{what}: {each.section}, {text(number)} {unit}."


def _experiments(section: Section) -> list[Experiment]:
    return [section.subject.other(files.name) for files in discover() if files.has_dockerfile]


def _linted(experiment: Experiment, measured: Mapping[str, Row], listener: Listener) -> Linted:
    program, row = hadolint.program(), measured.get(experiment.name)
    edit = row.pick(EDIT) if row else None
    experiment.listener = listener
    try:
        return Linted(
            experiment.name,
            hadolint.findings(experiment.dockerfile, program) if program else None,
            experiment.ready().warnings,
            units.in_megabytes(experiment.image().bytes),
            edit.figure if edit else None,
        )
    finally:
        experiment.listener = silent  # other cells use the experiment too, without this progress bar


def _cells(each: Linted) -> Iterator[str]:
    yield each.section
    if each.findings is None:
        yield units.ABSENT
    else:
        yield ", ".join(f"{finding.rule} ({finding.level})" for finding in each.findings) or NONE
    yield str(len(each.warnings)) if each.warnings else NONE
    yield units.megabytes(each.megabytes)
    yield units.seconds(each.edit_seconds)
