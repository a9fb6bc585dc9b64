"""What layers weigh compressed: counted while they are read, told by a registry, and never made up."""

import gzip
import io
import random

import pytest

from helpers.engine import saved_image
from helpers.engine.compressed import LARGE, WINDOW, Weighed, name_of, of_manifest, remember, total, windows
from helpers.engine.saved_image import read_saved
from tests.engine.tars import file, legacy, oci, tar
from tests.engine.test_saved_image import CONFIG, LAYERS, Save, layouts

NOISE = random.Random(1).randbytes(100_000)


def test_a_stream_passes_as_it_is_and_its_gzip_is_counted() -> None:
    content = (NOISE + bytes(1_000_000)) * 2
    weighed = Weighed(io.BytesIO(content))
    assert weighed.read(10) + weighed.read(1_500_000) == content[:1_500_010]
    assert weighed.bytes() == len(gzip.compress(content, 6))


@layouts
def test_every_layer_of_a_saved_image_is_weighed(save: Save) -> None:
    memory: dict[str, bytes] = {}
    read_saved(io.BytesIO(save(LAYERS, CONFIG)), memory)
    levels = [sum(len(gzip.compress(layer, level)) for layer in LAYERS) for level in (6, 9)]  # ours, an engine's
    assert total(memory, CONFIG["rootfs"]["diff_ids"]) in levels


def test_no_layer_is_compressed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    memory: dict[str, bytes] = {}
    read_saved(io.BytesIO(legacy(LAYERS, CONFIG)), memory)
    monkeypatch.setattr(saved_image, "Weighed", None)
    read_saved(io.BytesIO(legacy(LAYERS, CONFIG)), memory)


def test_a_layer_that_was_read_before_anybody_weighed_it_is_weighed_now() -> None:
    memory: dict[str, bytes] = {}
    first = read_saved(io.BytesIO(oci(LAYERS, CONFIG)), memory)
    weights = {name: memory.pop(name) for name in [*memory] if name.startswith(name_of(""))}
    assert read_saved(io.BytesIO(oci(LAYERS, CONFIG)), memory) == first
    assert weights and weights.items() <= memory.items()


def test_a_sample_of_a_large_layer_stands_for_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    noisy, empty = NOISE[:WINDOW], bytes(WINDOW)
    layer = tar([file("large", (noisy + empty + empty) * 100)])
    config = {"rootfs": {"diff_ids": ["sha256:a"]}}
    figures = []
    for one_in in (1, 4):
        monkeypatch.setattr(saved_image, "windows", {len(layer): one_in}.__getitem__)
        memory: dict[str, bytes] = {}
        assert read_saved(io.BytesIO(oci([layer], config)), memory).layers[0].bytes == 300 * WINDOW
        figures.append(total(memory, ["sha256:a"]) or 0)
    whole, sample = figures
    assert sample != whole and sample == pytest.approx(whole, rel=0.05)


def test_of_a_large_stream_one_window_in_so_many_is_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    class Gzip:
        def compress(self, piece: bytes) -> bytes:
            taken.append(len(piece))
            return b"x" * 100

        def flush(self) -> bytes:
            return b""

    weighed = Weighed(io.BytesIO(bytes(10 * WINDOW)), one_in=4)
    monkeypatch.setattr(weighed, "_gzip", Gzip())
    assert weighed.bytes() == 1000  # by the first window, the fifth and the ninth
    assert taken == [WINDOW] * 3


@pytest.mark.parametrize(("size", "one_in"), [(1, 1), (LARGE, 1), (LARGE + 1, 4), (1_000_000_000, 125)])
def test_a_sample_is_as_long_for_every_large_layer(size: int, one_in: int) -> None:
    assert windows(size) == one_in


def test_of_nothing_there_is_a_size_too() -> None:
    assert Weighed(io.BytesIO(b""), one_in=8).bytes() == len(gzip.compress(b"", 6))


def test_what_a_registry_said_is_not_replaced_by_an_estimate() -> None:
    memory: dict[str, bytes] = {}
    remember(memory, [("sha256:a", 7)])
    read_saved(io.BytesIO(oci(LAYERS, CONFIG)), memory)
    assert total(memory, ["sha256:a"]) == 7


def test_a_manifest_pairs_up_with_the_layers_or_says_nothing() -> None:
    manifest = {"layers": [{"size": 5, "digest": "sha256:x"}, {"size": 6, "digest": "sha256:y"}]}
    assert of_manifest(manifest, ["sha256:a", "sha256:b"]) == [("sha256:a", 5), ("sha256:b", 6)]
    assert of_manifest(manifest, ["sha256:a"]) == [] == of_manifest({"manifests": []}, ["sha256:a"])


def test_where_one_layer_is_not_known_nothing_is_said() -> None:
    memory = {name_of("sha256:a"): b"5"}
    assert total(memory, ["sha256:a", "sha256:a"]) == 10
    assert total(memory, ["sha256:a", ""]) is None
