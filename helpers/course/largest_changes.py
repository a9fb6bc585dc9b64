"""Section 10's table: for each question, the steps of the course that changed the answer most."""

from collections.abc import Iterator, Sequence

from helpers.charts import notes
from helpers.charts.chart import Table
from helpers.charts.section_changes_chart import AXES
from helpers.core import units
from helpers.core.records import SectionRecord
from helpers.course.baseline import with_baseline
from helpers.course.section import Section
from helpers.course.sections import OWN_PROJECT
from helpers.metrics import values
from helpers.metrics.values import SectionChange

HEADERS = ("question", "largest decrease", "largest increase")


def table(section: Section) -> Table:
    """For each question, the section that decreased the value most, and the one that increased it most.

    The values are the latest on this machine, or the baseline's. Changes of times within the noise don't count.
    """
    return largest(with_baseline(section.store.latest().values()))


def largest(records: Sequence[SectionRecord]) -> Table:
    """The same for these records, of which those before others of the same section are preferred."""
    lines = values.rows([record for record in records if record.number != OWN_PROJECT])
    cells, used = [], []
    for axis in AXES:
        exact = axis.counted or axis.value is values.size  # unlike a time, which is measured once
        known = values.measured(lines, [axis.value])
        changes = [change for change in values.section_changes(known, axis.value, exact) if change]
        used += [change.now.record for change in changes]
        extremes = (_largest(changes, -1), _largest(changes, 1))
        cells.append([axis.title, *(_shown(change, axis.counted) for change in extremes)])
    return Table(HEADERS, cells, [*_marks(used), *notes.provenance(used)], numbers=False)


def _largest(changes: Sequence[SectionChange], direction: int) -> SectionChange | None:
    """The change in this direction with the largest difference; None if there is none."""
    same = [change for change in changes if change.direction == direction]
    return max(same, key=lambda change: abs(_difference(change)), default=None)


def _difference(change: SectionChange) -> float:
    return change.now.figure - (change.before.figure if change.before else change.now.figure)


def _shown(change: SectionChange | None, counted: bool) -> str:
    """The section and its difference: "05-separate-stages −1,168"."""
    if change is None:
        return units.ABSENT
    difference = _difference(change)
    amount = f"{abs(difference):.0f}" if counted else units.megabytes(abs(difference))
    mark = f"{notes.BASELINE_MARK} " if change.now.record.baseline else ""
    return f"{mark}{change.now.record.section} {'+' if difference > 0 else '−'}{amount}"


def _marks(used: Sequence[SectionRecord]) -> Iterator[str]:
    if any(record.baseline for record in used):
        yield notes.BASELINE_MARK_MEANS
