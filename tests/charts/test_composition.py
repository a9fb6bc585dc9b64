"""The parts of an image are its layers' bytes by kind, with the base image as a part; they add up to the image."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from helpers.charts.composition import composition, parts
from helpers.core.records import Contents, Image, LayerContents, Measurement, SectionRecord
from tests.fixtures.section_records import Make

LAYERS = (
    LayerContents("ADD base", 700, {"toolchain": 300, "other files": 350, "program": 50}),
    LayerContents("RUN go build", 300, {"modules": 100, "compiler cache": 150, "program": 40, "other files": 10}),
)


def scanned(record: SectionRecord, layers: Sequence[LayerContents] = LAYERS, base_layers: int = 1) -> SectionRecord:
    image = Image("sha256:1", 1000, 1000, base_layers=base_layers)
    contents = Contents(1, 1000, 1, layers=tuple(layers))
    return replace(record, measurement=replace(record.measurement, image=image, contents=contents))


def test_base_image_layers_are_one_part_except_the_toolchain(make: Make) -> None:
    assert parts(scanned(make("03-build-binary")).measurement) == {
        "base image": 400,
        "toolchain": 300,
        "modules": 100,
        "compiler cache": 150,
        "program": 40,
        "other files": 10,
    }


def test_the_parts_add_up_to_the_image(make: Make) -> None:
    for base_layers in (0, 1, 2):
        assert sum(parts(scanned(make("03-build-binary"), base_layers=base_layers).measurement).values()) == 1000


def test_an_image_that_was_not_scanned_has_no_parts(make: Make) -> None:
    assert parts(Measurement("03-build-binary")) == {}
    assert "nothing measured yet" in composition([make("03-build-binary")]).figure.layout.title.text


def test_the_chart_has_shares_and_the_table_megabytes(make: Make) -> None:
    chart = composition([scanned(make("03-build-binary")), scanned(make("05-separate-stages"), LAYERS[1:], 0)])
    shares = {trace.name: list(trace.x) for trace in chart.figure.data}
    assert shares["base image"] == pytest.approx([40, 0])
    assert shares["Go build cache"] == pytest.approx([15, 50])
    assert sum(values[0] for values in shares.values()) == pytest.approx(100)
    assert {trace.marker.pattern.shape for trace in chart.figure.data} >= {"/", ".", "x"}
    assert chart.table.splitlines()[3].split()[:4] == ["05-separate-stages", "–", "–", "0.0001"]
