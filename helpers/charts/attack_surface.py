"""Attack surface by section: which user an attacker in the container is, and which tools are there."""

from collections.abc import Callable, Mapping, Sequence

from helpers.charts import notes
from helpers.charts.chart import Chart
from helpers.charts.matrix import Cell, Line, Shade, matrix
from helpers.core.records import Contents, Measurement, SectionRecord
from helpers.metrics.values import Row, rows, sources

CATEGORIES = 5  # running as root, and the four categories of tools
TITLE = "Attack surface"
EXPLAINED = "counted in the image's final file system; the user is read from the running process, outside the container"
PACKAGES_EXPLAINED = (
    "packages: Debian packages, Go modules and others, found by Syft in the image's files; – if not scanned"
)

TOOLS: Mapping[str, Callable[[Contents], int]] = {
    "shells": lambda inside: len(inside.shells),
    "package managers": lambda inside: len(inside.package_managers),
    "compilers": lambda inside: len(inside.compilers),
    "setuid programs": lambda inside: len(inside.setuid),
}
COLUMNS = ("runs as", *TOOLS, "programs", "packages")


def attack_surface(records: Sequence[SectionRecord], highlight: str = "") -> Chart:
    """A row for each section whose image was scanned and whose container was run."""
    known = [row for row in rows(records, highlight) if row.pick(categories_found)]
    lines = [Line(_name(row), tuple(_cells(row))) for row in known]
    used = sources(known, [categories_found])
    mark = [notes.BASELINE_MARK_MEANS] if any(record.baseline for record in used) else []
    small_print = [EXPLAINED, PACKAGES_EXPLAINED, *mark, *notes.provenance(used)]
    return matrix(TITLE, COLUMNS, lines, small_print, first="section")


def categories_found(measurement: Measurement) -> int | None:
    """How many of the CATEGORIES an attacker finds; None if the image was not scanned or the container not run."""
    process = measurement.run.process if measurement.run else None
    if measurement.contents is None or process is None:
        return None
    return (process.uid == 0) + sum(count(measurement.contents) > 0 for count in TOOLS.values())


def _name(row: Row) -> str:
    pick = row.pick(categories_found)
    return f"{notes.BASELINE_MARK} {row.label}" if pick and pick.record.baseline else row.label


def _cells(row: Row) -> list[Cell]:
    pick = row.pick(categories_found)
    assert pick and pick.measurement.contents and pick.measurement.run and pick.measurement.run.process
    inside, uid, packages = pick.measurement.contents, pick.measurement.run.process.uid, pick.measurement.packages
    user = Cell("root", Shade.STRONG) if uid == 0 else Cell(f"uid {uid}", Shade.MUTED)
    totals = (Cell(f"{inside.executables:,}"), Cell(f"{packages.total:,}") if packages else Cell())
    return [user, *(_count(count(inside)) for count in TOOLS.values()), *totals]


def _count(number: int) -> Cell:
    return Cell(f"{number:,}", Shade.STRONG) if number else Cell("none", Shade.MUTED)
