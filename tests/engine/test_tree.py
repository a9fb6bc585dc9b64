"""The tree of a layer has the layer's bytes, however many files are combined."""

import io
from collections.abc import Iterable

from helpers.core.records import Node
from helpers.engine.image_scan.filesystem import tree
from helpers.engine.image_scan.saved_image import LayerFiles, pack_layer, read_layer, unpack_layer
from tests.engine.tars import file, folder, hardlink, symlink, tar

ENTRIES = [
    folder("usr"),
    file("usr/bin/go", b"x" * 10_000, 0o755),
    hardlink("usr/bin/go-again", "usr/bin/go"),
    symlink("usr/bin/golang", "go"),
    *(file(f"usr/share/{number}", b"x" * 10) for number in range(50)),
    file("etc/passwd", b"root:x:0:0\n"),
    file("etc/.wh.shadow", b""),
    file("var/.wh..wh..opq", b""),
]


def layer() -> LayerFiles:
    return read_layer(io.BytesIO(tar(ENTRIES)))


def size(nodes: Iterable[Node]) -> int:
    return sum(node.bytes for node in nodes)


def test_large_files_are_nodes_and_small_ones_are_combined() -> None:
    (usr, rest) = tree(layer())
    assert (usr.name, usr.bytes) == ("usr", 10_500)
    programs, share = usr.children
    assert programs == Node("bin", 10_000, (Node("go", 10_000),))
    assert share == Node("share", 500, (Node("50 smaller files", 500),))
    assert rest == Node("1 smaller files", 11)


def test_every_folder_has_the_bytes_of_its_entries() -> None:
    def adds_up(node: Node) -> bool:
        return not node.children or (size(node.children) == node.bytes and all(map(adds_up, node.children)))

    assert all(map(adds_up, tree(layer())))
    assert size(tree(layer())) == layer().bytes


def test_a_layer_without_files_has_no_tree() -> None:
    assert tree(LayerFiles()) == ()


def test_packing_preserves_a_layer_with_its_hard_links() -> None:
    back = unpack_layer(pack_layer(layer()))
    assert back == layer()
    assert back.files["usr/bin/go"] is back.files["usr/bin/go-again"]
    assert back.files["usr/share/0"] is not back.files["usr/share/1"]  # equal, but two files
