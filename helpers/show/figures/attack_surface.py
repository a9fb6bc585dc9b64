"""Exposure by section: what a stranger who gets into the container finds there, and who he is."""

from collections.abc import Callable, Mapping, Sequence

from helpers.records import Contents, Measurement, SectionRecord
from helpers.show import notes
from helpers.show.chart import Chart
from helpers.show.figures.matrix import Cell, Line, Shade, matrix
from helpers.show.rows import Row, rows, sources

KINDS = 5  # of help: being root, and the four kinds of tools
TITLE = "Exposure: what a stranger finds inside"
EXPLAINED = "counted in the image, all layers applied; who it runs as is read from the process, outside the container"
PACKAGES_EXPLAINED = (
    "packages: of Debian, of Go and of others, as Syft finds them in the image's files; – where not looked for"
)

TOOLS: Mapping[str, Callable[[Contents], int]] = {
    "shells": lambda inside: len(inside.shells),
    "package managers": lambda inside: len(inside.package_managers),
    "compilers": lambda inside: len(inside.compilers),
    "setuid programs": lambda inside: len(inside.setuid),
}
COLUMNS = ("runs as", *TOOLS, "programs in all", "packages")


def attack_surface(records: Sequence[SectionRecord], highlight: str = "") -> Chart:
    """A row for each section that was looked into or run."""
    known = [row for row in rows(records, highlight) if row.pick(found)]
    lines = [Line(_name(row), tuple(_cells(row))) for row in known]
    used = sources(known, [found])
    mark = [notes.BASELINE_MARK_MEANS] if any(record.baseline for record in used) else []
    small_print = [EXPLAINED, PACKAGES_EXPLAINED, *mark, *notes.provenance(used)]
    return matrix(TITLE, COLUMNS, lines, small_print, first="section")


def found(measurement: Measurement) -> int | None:
    """How many kinds of help a stranger finds, being root one of them; None where that was not measured."""
    process = measurement.run.process if measurement.run else None
    if measurement.contents is None or process is None:
        return None
    return (process.uid == 0) + sum(count(measurement.contents) > 0 for count in TOOLS.values())


def _name(row: Row) -> str:
    pick = row.pick(found)
    return f"{notes.BASELINE_MARK} {row.label}" if pick and pick.record.baseline else row.label


def _cells(row: Row) -> list[Cell]:
    pick = row.pick(found)
    assert pick and pick.measurement.contents and pick.measurement.run and pick.measurement.run.process
    inside, uid, packages = pick.measurement.contents, pick.measurement.run.process.uid, pick.measurement.packages
    who = Cell("root", Shade.LOUD) if uid == 0 else Cell(f"uid {uid}", Shade.CALM)
    in_all = (Cell(f"{inside.executables:,}"), Cell(f"{packages.total:,}") if packages else Cell())
    return [who, *(_count(count(inside)) for count in TOOLS.values()), *in_all]


def _count(number: int) -> Cell:
    return Cell(f"{number:,}", Shade.LOUD) if number else Cell("none", Shade.CALM)
