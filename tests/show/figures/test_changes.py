"""The comparison says how much came and went, where, and in which files."""

from helpers.records.changes import Change, Changes
from helpers.show.figures.changes import CAME, GONE, compared

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


def test_bars_are_the_sums_of_folders_told_apart_by_direction():
    drawn = {trace.name: list(trace.x) for trace in compared(CHANGES).figure.data}
    assert drawn == {GONE: [-18.0], CAME: [17.0, 0.5]}
    assert compared(CHANGES).figure.layout.yaxis.ticktext == ("/usr/local/go", "/api-golang", "/etc/passwd")


def test_every_bar_carries_its_figure_and_one_kind_is_hatched():
    gone, came = compared(CHANGES).figure.data
    assert (list(gone.text), list(came.text)) == (["-18.0"], ["+17.0", "+0.50"])
    assert (gone.marker.pattern.shape, came.marker.pattern.shape) == ("/", None)


def test_the_table_names_the_files_and_counts_all():
    table = compared(CHANGES, ["base image: stand-in"]).table
    assert ["/usr/local/go/bin/go", "15.0", "–"] in [line.split() for line in table.splitlines()]
    assert "1 files new, +17.0 MB · 2 files gone, -18.0 MB · 1 files of another size, +0.50 MB" in table
    assert table.splitlines()[-1] == "base image: stand-in"


def test_equal_images_have_nothing_to_show():
    assert "nothing measured yet" in compared(Changes("04", "04")).figure.layout.title.text
