"""What is left to see when layers are piled up."""

import io

from helpers.engine.filesystem import pile, walk
from helpers.engine.layer import read_layer
from tests.engine.tars import Entry, file, folder, hardlink, symlink, tar


def seen(*layers: list[Entry]) -> set[str]:
    """The paths that show after all layers."""
    return {path for path, _ in walk(pile(read_layer(io.BytesIO(tar(layer))) for layer in layers))}


BASE = [folder("etc"), file("etc/passwd", b"1"), file("etc/group", b"2"), file("bin/sh", b"3")]


def test_layers_add_up() -> None:
    assert seen(BASE, [file("app", b"4")]) == {"/etc/passwd", "/etc/group", "/bin/sh", "/app"}


def test_a_whiteout_hides_a_file_or_a_whole_folder() -> None:
    assert seen(BASE, [file("etc/.wh.passwd")]) == {"/etc/group", "/bin/sh"}
    assert seen(BASE, [file(".wh.etc")]) == {"/bin/sh"}


def test_an_opaque_folder_shows_only_what_its_own_layer_has() -> None:
    assert seen(BASE, [file("etc/new", b"5"), file("etc/.wh..wh..opq")]) == {"/etc/new", "/bin/sh"}


def test_what_was_hidden_can_come_back() -> None:
    assert seen(BASE, [file("etc/.wh.passwd")], [file("etc/passwd", b"6")]) == {"/etc/passwd", "/etc/group", "/bin/sh"}


def test_a_whiteout_of_nothing_does_nothing() -> None:
    assert seen(BASE, [file("no/such/.wh.thing")]) == seen(BASE)


def test_a_file_takes_a_folders_place_and_the_other_way_round() -> None:
    assert seen(BASE, [symlink("etc", "/bin")]) == {"/etc", "/bin/sh"}
    assert seen([file("etc", b"7")], BASE) == seen(BASE)


def test_a_folder_that_comes_again_keeps_what_is_in_it() -> None:
    assert seen(BASE, [folder("etc")]) == seen(BASE)


def test_a_hard_link_outlives_the_name_it_was_made_from() -> None:
    layers = [[file("a", b"12345"), hardlink("b", "a")], [file(".wh.a")]]
    root = pile(read_layer(io.BytesIO(tar(layer))) for layer in layers)
    assert [(path, each.bytes) for path, each in walk(root)] == [("/b", 5)]
