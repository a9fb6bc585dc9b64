"""The difference between two listings: added, removed and resized files."""

import io

from helpers.core.records.image import Change
from helpers.engine.image_scan.filesystem import KEPT, apply_layers, changes, listing
from helpers.engine.image_scan.saved_image import read_layer
from tests.engine.tars import file, symlink, tar


def test_a_listing_has_the_regular_files() -> None:
    root = apply_layers(
        [read_layer(io.BytesIO(tar([file("etc/os", b"123"), symlink("etc/link", "os"), file("ä", b"")])))]
    )
    assert listing(root) == {"/etc/os": 3, "/ä": 0}


def test_each_kind_of_change_is_counted_with_its_bytes() -> None:
    found = changes({"/a": 1, "/b": 20, "/same": 5}, {"/b": 15, "/c": 300, "/same": 5}, ("04", "05"))
    assert (found.before, found.after) == ("04", "05")
    assert (found.added, found.removed, found.resized) == ((1, 300), (1, -1), (1, -5))
    assert found.files == (Change("/c", None, 300), Change("/b", 20, 15), Change("/a", 1, None))


def test_only_the_largest_changes_are_listed_but_all_are_counted() -> None:
    found = changes({}, {f"/{size}": size for size in range(1000)}, ("04", "05"))
    assert len(found.files) == KEPT and found.files[0] == Change("/999", None, 999)
    assert found.added == (1000, sum(range(1000)))


def test_identical_listings_have_no_changes() -> None:
    found = changes({"/a": 1}, {"/a": 1}, ("04", "04"))
    assert (found.files, found.added, found.removed, found.resized) == ((), (0, 0), (0, 0), (0, 0))
