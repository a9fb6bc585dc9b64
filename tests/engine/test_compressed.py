"""Compressed sizes of layers: counted while they are read, or reported by a registry."""

import gzip
import io
import random

import pytest

from helpers.engine.image_scan import saved_image
from helpers.engine.image_scan.saved_image import (
    LARGE,
    WINDOW,
    GzipCounter,
    cache_key,
    read_saved,
    remember,
    sample_interval,
    total,
)
from tests.engine.tars import file, legacy, oci, tar
from tests.engine.test_saved_image import CONFIG, LAYERS, Save, layouts

NOISE = random.Random(1).randbytes(100_000)


def test_a_stream_passes_unchanged_and_its_gzip_is_counted() -> None:
    content = (NOISE + bytes(1_000_000)) * 2
    counter = GzipCounter(io.BytesIO(content))
    assert counter.read(10) + counter.read(1_500_000) == content[:1_500_010]
    assert counter.bytes() == len(gzip.compress(content, 6))


@layouts
def test_every_layer_of_a_saved_image_has_a_compressed_size(save: Save) -> None:
    cache: dict[str, bytes] = {}
    read_saved(io.BytesIO(save(LAYERS, CONFIG)), cache)
    levels = [
        sum(len(gzip.compress(layer, level)) for layer in LAYERS) for level in (6, 9)
    ]  # our level, an engine's level
    assert total(cache, CONFIG["rootfs"]["diff_ids"]) in levels


def test_no_layer_is_compressed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    cache: dict[str, bytes] = {}
    first = read_saved(io.BytesIO(legacy(LAYERS, CONFIG)), cache)
    monkeypatch.setattr(saved_image, "GzipCounter", None)
    assert read_saved(io.BytesIO(legacy(LAYERS, CONFIG)), cache) == first


def test_a_cached_layer_without_compressed_size_gets_one() -> None:
    cache: dict[str, bytes] = {}
    first = read_saved(io.BytesIO(oci(LAYERS, CONFIG)), cache)
    sizes = {name: cache.pop(name) for name in [*cache] if name.startswith(cache_key(""))}
    assert read_saved(io.BytesIO(oci(LAYERS, CONFIG)), cache) == first
    assert sizes and sizes.items() <= cache.items()


def test_a_sample_of_a_large_layer_estimates_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    noisy, empty = NOISE[:WINDOW], bytes(WINDOW)
    layer = tar([file("large", (noisy + empty + empty) * 100)])
    config = {"rootfs": {"diff_ids": ["sha256:a"]}}
    figures = []
    for one_in in (1, 4):
        monkeypatch.setattr(saved_image, "sample_interval", {len(layer): one_in}.__getitem__)
        cache: dict[str, bytes] = {}
        assert read_saved(io.BytesIO(oci([layer], config)), cache).layers[0].bytes == 300 * WINDOW
        figures.append(total(cache, ["sha256:a"]) or 0)
    whole, sample = figures
    assert sample != whole and sample == pytest.approx(whole, rel=0.05)


def test_of_a_large_stream_one_window_in_four_is_compressed() -> None:
    taken: list[int] = []

    class Gzip:
        def compress(self, piece: bytes) -> bytes:
            taken.append(len(piece))
            return b"x" * 100

        def flush(self) -> bytes:
            return b""

    counter = GzipCounter(io.BytesIO(bytes(10 * WINDOW)), one_in=4, compressor=Gzip())
    assert counter.bytes() == 1000  # by the first window, the fifth and the ninth
    assert taken == [WINDOW] * 3


@pytest.mark.parametrize(("size", "one_in"), [(1, 1), (LARGE, 1), (LARGE + 1, 4), (1_000_000_000, 125)])
def test_the_sample_has_the_same_size_for_every_large_layer(size: int, one_in: int) -> None:
    assert sample_interval(size) == one_in


def test_an_empty_stream_has_a_size() -> None:
    assert GzipCounter(io.BytesIO(b""), one_in=8).bytes() == len(gzip.compress(b"", 6))


def test_a_registrys_size_is_not_replaced_by_an_estimate() -> None:
    cache: dict[str, bytes] = {}
    remember(cache, [("sha256:a", 7)])
    read_saved(io.BytesIO(oci(LAYERS, CONFIG)), cache)
    assert total(cache, ["sha256:a"]) == 7


def test_the_total_is_none_if_a_layer_is_unknown() -> None:
    cache = {cache_key("sha256:a"): b"5"}
    assert total(cache, ["sha256:a", "sha256:a"]) == 10
    assert total(cache, ["sha256:a", ""]) is None
