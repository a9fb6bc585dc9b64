"""An image read from the stream of `docker save`, in every layout."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from helpers.core.errors import EngineError
from helpers.core.records import Layer
from helpers.engine.image_scan.saved_image import Chunks, SavedImage, read_saved
from tests.engine.tars import file, folder, legacy, oci, tar

BASE, EMPTY, APP = tar([file("etc/os", b"123")]), tar([folder("app")]), tar([file("app/run", b"12345")])
CONFIG: dict[str, Any] = {
    "rootfs": {"diff_ids": ["sha256:a", "sha256:b", "sha256:c", "sha256:b"]},
    "history": [
        {"created_by": "ADD base"},
        {"created_by": "ENV A=b", "empty_layer": True},
        {"created_by": "WORKDIR /app"},
        {"created_by": "COPY run ."},
        {"created_by": "WORKDIR /app again"},
    ],
}
LAYERS = [BASE, EMPTY, APP, EMPTY]
layouts = pytest.mark.parametrize(
    "save", [legacy, oci, partial(oci, compressed=True)], ids=["legacy", "oci", "compressed"]
)
Save = Callable[..., bytes]


def read(saved: bytes) -> SavedImage:
    return read_saved(io.BytesIO(saved))


@layouts
def test_layers_are_in_order_with_their_instructions(save: Save) -> None:
    assert read(save(LAYERS, CONFIG)).history() == (
        Layer("ADD base", 3, "sha256:a"),
        Layer("WORKDIR /app", 0, "sha256:b"),
        Layer("COPY run .", 5, "sha256:c"),
        Layer("WORKDIR /app again", 0, "sha256:b"),
    )


@layouts
def test_chunks_may_have_any_length(save: Save) -> None:
    saved = save(LAYERS, CONFIG)
    chunks = (saved[first : first + 777] for first in range(0, len(saved), 777))
    assert read_saved(Chunks(chunks)) == read(saved)


@layouts
def test_a_truncated_stream_is_an_error(save: Save) -> None:
    saved = save(LAYERS, CONFIG)
    with pytest.raises(EngineError, match="could not be read"):
        read(saved[: len(saved) // 2])


def test_an_image_without_history_still_has_layers() -> None:
    config = {"rootfs": {"diff_ids": ["sha256:a"]}}
    assert read(oci([BASE], config)).history() == (Layer("", 3, "sha256:a"),)


def test_an_unsupported_compression_is_named() -> None:
    with pytest.raises(EngineError, match="zstd"):
        read(oci([b"\x28\xb5\x2f\xfd" + bytes(100)], CONFIG))


def test_another_archive_is_an_error() -> None:
    with pytest.raises(EngineError, match="KeyError"):
        read(tar([file("readme", b"hello")]))
