"""The parts of an image: base image, Go toolchain, modules, Go build cache, program, other files."""

from collections import Counter
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.charts import notes, theme
from helpers.charts.chart import Chart, Table
from helpers.charts.steps import row_axis
from helpers.charts.theme import empty, framed
from helpers.core import units
from helpers.core.records import Measurement, SectionRecord
from helpers.metrics.values import Row, rows, sources

TITLE = "Parts of the image"
EXPLAINED = f"share of the image's bytes, by location of the files · {notes.MEGABYTES}"
BASE = "base image"
MIN_LABEL = 7  # percent of the image: smaller parts have no label in the chart
# By kind of file, in stacking order. All files in base image layers count as base image, except the toolchain.
_PATTERNS: Mapping[str, tuple[str, dict[str, object]]] = {
    BASE: (BASE, {"color": theme.GRID}),
    "toolchain": ("Go toolchain", {"color": theme.PALE_BLUE}),
    "modules": (
        "modules",
        {
            "color": theme.PALE_ORANGE,
            "pattern": {"shape": "/", "fgcolor": theme.GREY, "bgcolor": theme.PALE_ORANGE, "solidity": 0.1},
        },
    ),
    "compiler cache": (
        "Go build cache",
        {"color": theme.ORANGE, "pattern": {"shape": ".", "fgcolor": theme.INK, "bgcolor": theme.ORANGE}},
    ),
    "program": ("program", {"color": theme.BLUE}),
    "other files": (
        "source and other files",
        {"color": theme.PAPER, "pattern": {"shape": "x", "fgcolor": theme.GREY, "bgcolor": theme.PAPER}},
    ),
}


def parts(measurement: Measurement) -> dict[str, int]:
    """Bytes of the image by part; empty if the image was not scanned."""
    if measurement.contents is None or measurement.image is None:
        return {}
    found: Counter[str] = Counter()
    for number, layer in enumerate(measurement.contents.layers):
        in_base = number < measurement.image.base_layers
        for kind, size in layer.kinds.items():
            found[BASE if in_base and kind != "toolchain" else kind] += size
    return dict(found)


def composition(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> Chart:
    """A row for each section whose image was scanned, with its parts as stacked bars."""
    known = [row for row in rows(records, highlight, variants) if row.pick(_is_known)]
    found = [_parts(row) for row in known]
    small_print = [EXPLAINED, *notes.provenance(sources(known, [_is_known]))]
    return Chart(_figure(known, found, small_print), _table(known, found, small_print))


def _is_known(measurement: Measurement) -> float | None:
    return sum(parts(measurement).values()) or None


def _parts(row: Row) -> dict[str, int]:
    pick = row.pick(_is_known)
    return parts(pick.measurement) if pick else {}


def _figure(known: Sequence[Row], found: Sequence[Mapping[str, int]], small_print: Sequence[str]) -> go.Figure:
    if not known:
        return empty(TITLE)
    names = [row.label for row in known]
    figure = go.Figure([_bars(kind, found) for kind in _PATTERNS if any(kind in each for each in found)])
    figure.update_xaxes(side="top", range=[0, 100], ticksuffix=" %")
    figure.update_yaxes(row_axis(names))
    return framed(figure, TITLE, names, small_print).update_layout(barmode="stack", legend_traceorder="normal")


def _bars(kind: str, found: Sequence[Mapping[str, int]]) -> go.Bar:
    name, style = _PATTERNS[kind]
    shares = [100 * each.get(kind, 0) / sum(each.values()) for each in found]
    texts = [f"{units.megabytes(units.in_megabytes(each.get(kind, 0)))} MB" for each in found]
    return go.Bar(
        name=name,
        orientation="h",
        y=list(range(len(found))),
        x=shares,
        text=[text if share >= MIN_LABEL else "" for text, share in zip(texts, shares, strict=True)],
        customdata=texts,
        textposition="inside",
        insidetextanchor="middle",
        insidetextfont={"color": theme.PAPER if kind == "program" else theme.INK},
        hovertemplate=f"{name}: %{{customdata}}, %{{x:.1f}} %<extra></extra>",
        marker={**style, "line": {"color": theme.INK, "width": 0.8}},
    )


def _table(known: Sequence[Row], found: Sequence[Mapping[str, int]], small_print: Sequence[str]) -> Table:
    kinds = [kind for kind in _PATTERNS if any(kind in each for each in found)]
    cells = [[row.label, *(_cell(each.get(kind)) for kind in kinds)] for row, each in zip(known, found, strict=True)]
    return Table(["section", *(f"{_PATTERNS[kind][0]} MB" for kind in kinds)], cells, small_print)


def _cell(size: int | None) -> str:
    return units.megabytes(None if size is None else units.in_megabytes(size))
