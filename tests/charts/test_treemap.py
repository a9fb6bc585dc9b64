"""The treemap has a box for each layer, folder and file, and their sizes add up."""

from helpers.charts.treemap import treemap
from helpers.core.records import Contents, LayerContents, Node

CONTENTS = Contents(
    4,
    1_000_000,
    1,
    layers=(
        LayerContents(
            "/bin/sh -c #(nop) ADD base",
            900_000,
            tree=(Node("usr", 900_000, (Node("bin", 600_000), Node("lib", 300_000))),),
        ),
        LayerContents("WORKDIR /app", 0),
        LayerContents("", 100_000, tree=(Node("api-golang", 100_000),)),
    ),
)


def test_every_box_is_in_its_folder_and_layer() -> None:
    (boxes,) = treemap(CONTENTS, "05-separate-stages").figure.data
    assert dict(zip(boxes.ids, boxes.parents, strict=True)) == {
        "0": "",
        "0/usr": "0",
        "0/usr/bin": "0/usr",
        "0/usr/lib": "0/usr",
        "2": "",
        "2/api-golang": "2",
    }


def test_the_contents_of_a_box_add_up_to_the_box() -> None:
    (boxes,) = treemap(CONTENTS, "05-separate-stages").figure.data
    sizes = dict(zip(boxes.ids, boxes.values, strict=True))
    inside = dict.fromkeys(filter(None, boxes.parents), 0)
    for parent, size in zip(boxes.parents, boxes.values, strict=True):
        if parent:
            inside[parent] += size
    assert inside == {box: sizes[box] for box in ("0", "0/usr", "2")}


def test_the_table_lists_layers_and_folders() -> None:
    lines = treemap(CONTENTS, "05-separate-stages", ["base image: stand-in"]).table.splitlines()
    assert [" ".join(line.split()) for line in lines[2:8]] == [
        "1: ADD base 0.90",
        "· usr 0.90",
        "· · bin 0.60",
        "· · lib 0.30",
        "3: layer without history 0.10",
        "· api-golang 0.10",
    ]
    assert lines[-1] == "base image: stand-in"


def test_for_an_empty_image_the_title_says_so() -> None:
    assert "nothing measured yet" in treemap(Contents(0, 0, 0), "empty").figure.layout.title.text
