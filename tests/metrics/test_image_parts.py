"""The parts of an image are its layers' bytes by category, with the base image as a part."""

import pytest

from helpers.core.records import Contents, FileCategory, Image, LayerContents, Measurement
from helpers.measure.store import structure, unstructure
from helpers.metrics.image_parts import BASE_IMAGE, image_parts, scanned_bytes
from tests.fixtures.section_records import Make

LAYERS = (
    LayerContents("ADD base", 700, {FileCategory.TOOLCHAIN: 300, FileCategory.OTHER: 350, FileCategory.PROGRAM: 50}),
    LayerContents(
        "RUN go build",
        300,
        {
            FileCategory.MODULES: 100,
            FileCategory.BUILD_CACHE: 150,
            FileCategory.PROGRAM: 40,
            FileCategory.OTHER: 10,
        },
    ),
)


def scanned(base_layers: int, layers: tuple[LayerContents, ...] = LAYERS) -> Measurement:
    image = Image("sha256:1", 1000, 1000, base_layers=base_layers)
    return Measurement("03-build-binary", image, Contents(1, 1000, 1, layers=layers))


def test_base_image_layers_are_one_part_except_the_toolchain() -> None:
    assert image_parts(scanned(base_layers=1)) == {
        BASE_IMAGE: 400,
        FileCategory.TOOLCHAIN: 300,
        FileCategory.MODULES: 100,
        FileCategory.BUILD_CACHE: 150,
        FileCategory.PROGRAM: 40,
        FileCategory.OTHER: 10,
    }


def test_an_image_from_scratch_has_no_base_image() -> None:
    assert image_parts(scanned(base_layers=0, layers=LAYERS[1:])) == {
        "modules": 100,
        "compiler cache": 150,
        "program": 40,
        "other files": 10,
    }


@pytest.mark.parametrize("base_layers", [0, 1, 2])
def test_the_parts_add_up_to_the_image(base_layers: int) -> None:
    assert scanned_bytes(scanned(base_layers)) == 1000


def test_an_image_that_was_not_scanned_has_no_parts() -> None:
    not_scanned = Measurement("03-build-binary", Image("sha256:1", 1000, 1000))
    assert image_parts(not_scanned) == {}
    assert scanned_bytes(not_scanned) is None


def test_categories_of_stored_records_stay_readable(make: Make) -> None:
    """The values are those that earlier versions stored."""
    plain = unstructure(make("03-build-binary"))
    kinds = {"toolchain": 1, "modules": 2, "compiler cache": 3, "program": 4, "other files": 5}
    layer = {"created_by": "RUN go build", "bytes": 15, "kinds": kinds, "tree": []}
    plain["measurement"]["contents"] = {"files": 1, "bytes": 15, "executables": 1, "layers": [layer]}  # type: ignore[index]
    contents = structure(plain).measurement.contents
    assert contents
    assert contents.layers[0].kinds == dict(zip(FileCategory, range(1, 6), strict=True))
    assert unstructure(structure(plain))["measurement"]["contents"]["layers"] == [layer]  # type: ignore[index]
