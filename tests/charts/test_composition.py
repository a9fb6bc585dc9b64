"""The chart of an image's parts has their shares, the table their megabytes."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from helpers.charts.composition import composition
from helpers.core.records import Contents, Image, LayerContents, SectionRecord
from helpers.core.records.image import FileCategory
from tests.fixtures.section_records import Make

LAYERS = (
    LayerContents("ADD base", 700, {FileCategory.TOOLCHAIN: 300, FileCategory.OTHER: 350, FileCategory.PROGRAM: 50}),
    LayerContents(
        "RUN go build",
        300,
        {FileCategory.MODULES: 100, FileCategory.BUILD_CACHE: 150, FileCategory.PROGRAM: 40, FileCategory.OTHER: 10},
    ),
)


def scanned(record: SectionRecord, layers: Sequence[LayerContents] = LAYERS, base_layers: int = 1) -> SectionRecord:
    image = Image("sha256:1", 1000, 1000, base_layers=base_layers)
    contents = Contents(1, 1000, 1, layers=tuple(layers))
    return replace(record, measurement=replace(record.measurement, image=image, contents=contents))


def test_an_image_that_was_not_scanned_has_no_row(make: Make) -> None:
    assert "nothing measured yet" in composition([make("03-build-binary")]).figure.layout.title.text


def test_the_chart_has_shares_and_the_table_megabytes(make: Make) -> None:
    chart = composition([scanned(make("03-build-binary")), scanned(make("05-separate-stages"), LAYERS[1:], 0)])
    shares = {trace.name: list(trace.x) for trace in chart.figure.data}
    assert shares["base image"] == pytest.approx([40, 0])
    assert shares["Go build cache"] == pytest.approx([15, 50])
    assert sum(values[0] for values in shares.values()) == pytest.approx(100)
    assert {trace.marker.pattern.shape for trace in chart.figure.data} >= {"/", ".", "x"}
    assert chart.table.splitlines()[3].split()[:4] == ["05-separate-stages", "–", "–", "0.0001"]
