"""The file system that results from applying layers."""

import io

from helpers.engine.image_scan.filesystem import apply_layers, walk
from helpers.engine.image_scan.saved_image import read_layer
from tests.engine.tars import Entry, file, folder, hardlink, symlink, tar


def seen(*layers: list[Entry]) -> set[str]:
    """The paths that are visible after all layers."""
    return {path for path, _ in walk(apply_layers(read_layer(io.BytesIO(tar(layer))) for layer in layers))}


BASE = [folder("etc"), file("etc/passwd", b"1"), file("etc/group", b"2"), file("bin/sh", b"3")]


def test_layers_add_up() -> None:
    assert seen(BASE, [file("app", b"4")]) == {"/etc/passwd", "/etc/group", "/bin/sh", "/app"}


def test_a_whiteout_hides_a_file_or_a_whole_folder() -> None:
    assert seen(BASE, [file("etc/.wh.passwd")]) == {"/etc/group", "/bin/sh"}
    assert seen(BASE, [file(".wh.etc")]) == {"/bin/sh"}


def test_an_opaque_folder_shows_only_files_of_its_own_layer() -> None:
    assert seen(BASE, [file("etc/new", b"5"), file("etc/.wh..wh..opq")]) == {"/etc/new", "/bin/sh"}


def test_a_hidden_file_can_be_added_again() -> None:
    assert seen(BASE, [file("etc/.wh.passwd")], [file("etc/passwd", b"6")]) == {"/etc/passwd", "/etc/group", "/bin/sh"}


def test_a_whiteout_of_nothing_does_nothing() -> None:
    assert seen(BASE, [file("no/such/.wh.thing")]) == seen(BASE)


def test_a_file_replaces_a_folder_and_vice_versa() -> None:
    assert seen(BASE, [symlink("etc", "/bin")]) == {"/etc", "/bin/sh"}
    assert seen([file("etc", b"7")], BASE) == seen(BASE)


def test_a_repeated_folder_keeps_its_files() -> None:
    assert seen(BASE, [folder("etc")]) == seen(BASE)


def test_a_hard_link_outlives_its_original_name() -> None:
    layers = [[file("a", b"12345"), hardlink("b", "a")], [file(".wh.a")]]
    root = apply_layers(read_layer(io.BytesIO(tar(layer))) for layer in layers)
    assert [(path, each.bytes) for path, each in walk(root)] == [("/b", 5)]
