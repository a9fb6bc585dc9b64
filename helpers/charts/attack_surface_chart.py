"""Attack surface by section: which user an attacker in the container is, and which tools are there."""

from collections.abc import Callable, Mapping, Sequence

from helpers.charts import notes
from helpers.charts.chart import Chart
from helpers.charts.matrix import Cell, Line, Shade, matrix
from helpers.core.records import SectionRecord
from helpers.metrics.attack_surface import AttackSurface, attack_surface, categories_found
from helpers.metrics.values import Row, rows, sources

TITLE = "Attack surface"
EXPLAINED = "counted in the image's final file system; the user is read from the running process, outside the container"
PACKAGES_EXPLAINED = (
    "packages: Debian packages, Go modules and others, found by Syft in the image's files; – if not scanned"
)

TOOLS: Mapping[str, Callable[[AttackSurface], int]] = {
    "shells": lambda surface: surface.shells,
    "package managers": lambda surface: surface.package_managers,
    "compilers": lambda surface: surface.compilers,
    "setuid programs": lambda surface: surface.setuid,
}
COLUMNS = ("runs as", *TOOLS, "programs", "packages")


def attack_surface_chart(records: Sequence[SectionRecord], highlight: str = "") -> Chart:
    """A row for each section whose image was scanned and whose container was run."""
    known = [row for row in rows(records, highlight) if row.pick(categories_found)]
    lines = [Line(_name(row), tuple(_cells(row))) for row in known]
    used = sources(known, [categories_found])
    mark = [notes.BASELINE_MARK_MEANS] if any(record.baseline for record in used) else []
    small_print = [EXPLAINED, PACKAGES_EXPLAINED, *mark, *notes.provenance(used)]
    return matrix(TITLE, COLUMNS, lines, small_print, first="section")


def _name(row: Row) -> str:
    pick = row.pick(categories_found)
    return f"{notes.BASELINE_MARK} {row.label}" if pick and pick.record.baseline else row.label


def _cells(row: Row) -> list[Cell]:
    pick = row.pick(categories_found)
    surface = attack_surface(pick.measurement) if pick else None
    if surface is None:
        return []
    user = Cell("root", Shade.STRONG) if surface.is_root else Cell(f"uid {surface.uid}", Shade.MUTED)
    packages = Cell() if surface.packages is None else Cell(f"{surface.packages:,}")
    tools = (_count(count(surface)) for count in TOOLS.values())
    return [user, *tools, Cell(f"{surface.executables:,}"), packages]


def _count(number: int) -> Cell:
    return Cell(f"{number:,}", Shade.STRONG) if number else Cell("none", Shade.MUTED)
