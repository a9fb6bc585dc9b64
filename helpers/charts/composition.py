"""The parts of an image: base image, Go toolchain, modules, Go build cache, program, other files."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.charts import notes, theme
from helpers.charts.chart import Chart, Table
from helpers.charts.theme import empty, framed, row_axis
from helpers.core import units
from helpers.core.records import FileCategory, SectionRecord
from helpers.metrics.image_parts import BASE_IMAGE, image_parts, scanned_bytes
from helpers.metrics.values import Row, rows, sources

TITLE = "Parts of the image"
EXPLAINED = f"share of the image's bytes, by location of the files · {notes.MEGABYTES}"
MIN_LABEL = 7  # percent of the image: smaller parts have no label in the chart
# The name of each part and its look, in stacking order
_PATTERNS: Mapping[str, tuple[str, dict[str, object]]] = {
    BASE_IMAGE: (BASE_IMAGE, {"color": theme.GRID}),
    FileCategory.TOOLCHAIN: ("Go toolchain", {"color": theme.PALE_BLUE}),
    FileCategory.MODULES: (
        "modules",
        {
            "color": theme.PALE_ORANGE,
            "pattern": {"shape": "/", "fgcolor": theme.GREY, "bgcolor": theme.PALE_ORANGE, "solidity": 0.1},
        },
    ),
    FileCategory.BUILD_CACHE: (
        "Go build cache",
        {"color": theme.ORANGE, "pattern": {"shape": ".", "fgcolor": theme.INK, "bgcolor": theme.ORANGE}},
    ),
    FileCategory.PROGRAM: ("program", {"color": theme.BLUE}),
    FileCategory.OTHER: (
        "source and other files",
        {"color": theme.PAPER, "pattern": {"shape": "x", "fgcolor": theme.GREY, "bgcolor": theme.PAPER}},
    ),
}


def composition(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> Chart:
    """A row for each section whose image was scanned, with its parts as stacked bars."""
    known = [row for row in rows(records, highlight, variants) if row.pick(scanned_bytes)]
    found = [_parts(row) for row in known]
    small_print = [EXPLAINED, *notes.provenance(sources(known, [scanned_bytes]))]
    return Chart(_figure(known, found, small_print), _table(known, found, small_print))


def _parts(row: Row) -> dict[str, int]:
    pick = row.pick(scanned_bytes)
    return image_parts(pick.measurement) if pick else {}


def _figure(known: Sequence[Row], found: Sequence[Mapping[str, int]], small_print: Sequence[str]) -> go.Figure:
    if not known:
        return empty(TITLE)
    names = [row.label for row in known]
    figure = go.Figure([_bars(part, found) for part in _PATTERNS if any(part in each for each in found)])
    figure.update_xaxes(side="top", range=[0, 100], ticksuffix=" %")
    figure.update_yaxes(row_axis(names))
    return framed(figure, TITLE, names, small_print).update_layout(barmode="stack", legend_traceorder="normal")


def _bars(part: str, found: Sequence[Mapping[str, int]]) -> go.Bar:
    name, style = _PATTERNS[part]
    shares = [100 * each.get(part, 0) / sum(each.values()) for each in found]
    texts = [f"{units.megabytes(units.in_megabytes(each.get(part, 0)))} MB" for each in found]
    return go.Bar(
        name=name,
        orientation="h",
        y=list(range(len(found))),
        x=shares,
        text=[text if share >= MIN_LABEL else "" for text, share in zip(texts, shares, strict=True)],
        customdata=texts,
        textposition="inside",
        insidetextanchor="middle",
        insidetextfont={"color": theme.PAPER if part == FileCategory.PROGRAM else theme.INK},
        hovertemplate=f"{name}: %{{customdata}}, %{{x:.1f}} %<extra></extra>",
        marker={**style, "line": {"color": theme.INK, "width": 0.8}},
    )


def _table(known: Sequence[Row], found: Sequence[Mapping[str, int]], small_print: Sequence[str]) -> Table:
    parts = [part for part in _PATTERNS if any(part in each for each in found)]
    cells = [[row.label, *(_cell(each.get(part)) for part in parts)] for row, each in zip(known, found, strict=True)]
    return Table(["section", *(f"{_PATTERNS[part][0]} MB" for part in parts)], cells, small_print)


def _cell(size: int | None) -> str:
    return units.megabytes(None if size is None else units.in_megabytes(size))
