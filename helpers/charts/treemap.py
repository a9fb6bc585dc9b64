"""A treemap of an image: layers, folders and files, each with an area proportional to its size."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go  # type: ignore[import-untyped]

from helpers.charts import notes, theme
from helpers.charts.chart import Chart, Table
from helpers.charts.theme import LINE_PIXELS, empty, note, wrapped
from helpers.core import units
from helpers.core.printable import label, one_line
from helpers.core.records import Contents, LayerContents, Node

TITLE = "Image contents: layers, folders, files"
HEIGHT = 620  # pixels
EDGE = 8  # pixels
MIN_FONT = 10  # a box too small for it shows its name only on hover
LISTED = 2  # folder levels in the table; the chart goes down to files
NO_HISTORY = "layer without history"  # for example in an imported image
_WRAPPING = re.compile(r"^/bin/sh -c (?:#\(nop\) +)?| # buildkit$")  # what the engine adds around an instruction
LAYER_WIDTH = 60  # characters shown of a layer's instruction
_COLOURS = (theme.PALE_BLUE, theme.PALE_ORANGE, theme.GRID)  # cycled by layer so that neighbours differ


@dataclass(frozen=True)
class _Box:
    identity: str
    parent: str
    name: str
    bytes: int
    depth: int  # 0 for a layer
    layer: int


def treemap(contents: Contents, name: str, lines: Sequence[str] = ()) -> Chart:
    """The contents of the image `name`. A click on a folder opens it; the table lists the top LISTED levels."""
    boxes = [box for number, layer in enumerate(contents.layers) for box in _layer(number, layer)]
    small_print = [notes.MEGABYTES, *lines]
    return Chart(_figure(boxes, name, small_print), _table(boxes, small_print))


def _layer(number: int, layer: LayerContents) -> Iterator[_Box]:
    size = sum(node.bytes for node in layer.tree)
    if size:
        title = f"{number + 1}: {one_line(_WRAPPING.sub('', layer.created_by), LAYER_WIDTH) or NO_HISTORY}"
        yield _Box(str(number), "", title, size, 0, number)
        yield from _below(str(number), layer.tree, 1, number)


def _below(parent: str, nodes: tuple[Node, ...], depth: int, layer: int) -> Iterator[_Box]:
    for node in nodes:
        identity = f"{parent}/{node.name}"
        yield _Box(identity, parent, node.name, node.bytes, depth, layer)
        yield from _below(identity, node.children, depth + 1, layer)


def _figure(boxes: Sequence[_Box], name: str, small_print: Sequence[str]) -> go.Figure:
    if not boxes:
        return empty(TITLE)
    figure = go.Figure(
        go.Treemap(
            ids=[label(box.identity) for box in boxes],
            labels=[label(box.name) for box in boxes],
            parents=[label(box.parent) for box in boxes],
            values=[box.bytes for box in boxes],
            text=[f"{units.bytes_in_words(box.bytes)}" for box in boxes],
            branchvalues="total",
            texttemplate="%{label}<br>%{text}",
            hovertemplate="%{id}<br>%{text}, %{percentRoot:.1%} of the image<extra></extra>",
            marker={"colors": _colours(boxes), "line": {"color": theme.INK}},
            textfont={"color": theme.INK},
            maxdepth=4,
            tiling={"pad": 2},
        )
    )
    return _framed(figure, f"<b>{TITLE}</b> · {name}", wrapped(small_print))


def _colours(boxes: Sequence[_Box]) -> list[str]:
    layers = list(dict.fromkeys(box.layer for box in boxes))
    return [_COLOURS[layers.index(box.layer) % len(_COLOURS)] for box in boxes]


def _framed(figure: go.Figure, title: str, lines: Sequence[str]) -> go.Figure:
    margin = {"t": 60, "l": EDGE, "r": EDGE, "b": 24 + LINE_PIXELS * len(lines)}
    return figure.update_layout(
        template=theme.TEMPLATE,
        title={"text": title},
        height=HEIGHT,
        margin=margin,
        uniformtext={"minsize": MIN_FONT, "mode": "hide"},
        annotations=[note(lines, 0, -EDGE)],
    )


def _table(boxes: Sequence[_Box], small_print: Sequence[str]) -> Table:
    cells = [
        [f"{'·  ' * box.depth}{box.name}", units.megabytes(units.in_megabytes(box.bytes))]
        for box in boxes
        if box.depth <= LISTED
    ]
    return Table(["layer, folder", "MB"], cells, small_print)
