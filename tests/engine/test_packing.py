"""What a scan found comes back from the cache as it was, whatever the files' names are."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.core.records.image import Package, Packages
from helpers.engine import image_scan
from helpers.engine.image_scan import packing
from helpers.engine.image_scan.filesystem import Listing
from helpers.engine.image_scan.saved_image import Cache, File, LayerFiles, pack_layer, unpack_layer
from tests.engine.tars import file, oci, tar

NOT_UTF_8 = "usr/bin/caf\udce9"  # as tarfile reads the byte E9
ENGINE: Any = SimpleNamespace(images=SimpleNamespace(get=lambda name: SimpleNamespace(id="sha256:1")))


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An engine's only image, of one layer; has an entry for each time that it was saved."""
    times: list[int] = []
    image = oci([tar([file(NOT_UTF_8, b"x" * 5, 0o755), file("etc/ä", b"y")])], {"rootfs": {"diff_ids": ["sha256:2"]}})

    @contextmanager
    def saving(client: object, name: str, copy: Path | None = None) -> Iterator[Iterator[bytes]]:
        times.append(len(times))
        yield iter([image])

    monkeypatch.setattr(image_scan, "saving", saving)
    return times


@pytest.mark.parametrize("listing", [{}, {"/etc/ä": 0, "/b": 20_000_000_000}, {f"/{NOT_UTF_8}": 5}])
def test_a_listing(listing: Listing) -> None:
    assert packing.unpack(packing.pack(listing), dict[str, int]) == listing


def test_a_layer_with_every_kind_of_entry() -> None:
    files = {NOT_UTF_8: File(0o4755, 5), "dev/null": File(0o666, 0, False), "etc/passwd": File(0o644, 6, text="root:x")}
    layer = LayerFiles(files, ["usr", "etc"], ["etc/shadow"], ["var"], 11)
    assert unpack_layer(pack_layer(layer)) == layer


def test_json_leaves_out_defaults_and_has_readable_text() -> None:
    assert packing.to_json(Package("ä", "1", "deb")) == '{"name":"ä","version":"1","kind":"deb"}'.encode()
    assert packing.to_json(Packages({"deb": 1})) == b'{"counts":{"deb":1}}'
    assert packing.from_json(b'{"counts":{"deb":1}}', Packages) == Packages({"deb": 1})


def test_a_file_is_stored_as_a_list() -> None:
    assert packing.to_json({"a": File(0o644, 5)}) == b'{"a":[420,5,true,""]}'


def test_a_second_scan_comes_from_the_cache_and_is_equal(saved: list[int]) -> None:
    cache: Cache = {}
    first = image_scan.scan(ENGINE, "image", cache)
    assert image_scan.scan(ENGINE, "image", cache) == first and len(saved) == 1
    assert (first.contents.files, first.contents.bytes) == (2, 6)
    assert sum(layer.bytes for layer in first.layers) == 6


def test_names_that_are_not_utf_8_are_printable_in_the_scan_and_complete_in_the_listing(saved: list[int]) -> None:
    cache: Cache = {}
    assert image_scan.scan(ENGINE, "image", cache).contents.paths == ("/etc/ä", "/usr/bin/caf")
    assert image_scan.files(ENGINE, "image", cache) == {f"/{NOT_UTF_8}": 5, "/etc/ä": 1}


def test_only_what_is_json_looks_like_json_to_the_cache(saved: list[int]) -> None:
    """The store's cache hides secrets in entries that begin with a brace."""
    cache: Cache = {}
    image_scan.scan(ENGINE, "image", cache)
    plain = [name for name, content in cache.items() if content.startswith(b"{")]
    assert len(plain) == 1 and json.loads(cache[plain[0]])["contents"]["files"] == 2
