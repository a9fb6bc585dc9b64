"""The comparison shows how much was added and removed, in which folders and files."""

from helpers.charts.image_changes import GREW, SHRUNK, compared
from helpers.core.records.image import Change, Changes

CHANGES = Changes(
    "04-copy-go-mod-first",
    "05-separate-stages",
    (
        Change("/usr/local/go/bin/go", 15_000_000, None),
        Change("/usr/local/go/bin/gofmt", 3_000_000, None),
        Change("/api-golang", None, 17_000_000),
        Change("/etc/passwd", 2_000_000, 2_500_000),
    ),
    (1, 17_000_000),
    (2, -18_000_000),
    (1, 500_000),
)


def test_bars_are_the_totals_of_folders_by_direction() -> None:
    drawn = {trace.name: list(trace.x) for trace in compared(CHANGES).figure.data}
    assert drawn == {SHRUNK: [-18.0], GREW: [17.0, 0.5]}
    assert compared(CHANGES).figure.layout.yaxis.ticktext == ("/usr/local/go", "/api-golang", "/etc/passwd")


def test_every_bar_has_its_value_and_one_kind_is_hatched() -> None:
    shrunk, grew = compared(CHANGES).figure.data
    assert (list(shrunk.text), list(grew.text)) == (["-18.0"], ["+17.0", "+0.50"])
    assert (shrunk.marker.pattern.shape, grew.marker.pattern.shape) == ("/", None)


def test_the_table_names_the_files_and_counts_all() -> None:
    table = compared(CHANGES, ["base image: stand-in"]).table
    assert ["/usr/local/go/bin/go", "15.0", "–"] in [line.split() for line in table.splitlines()]
    assert "files added: 1 (+17.0 MB) · removed: 2 (-18.0 MB) · resized: 1 (+0.50 MB)" in table
    assert table.splitlines()[-1] == "base image: stand-in"


def test_equal_images_have_an_empty_chart() -> None:
    assert "nothing measured yet" in compared(Changes("04", "04")).figure.layout.title.text
