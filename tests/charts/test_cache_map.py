"""The cache map shows as text what each instruction did in each scenario that was built."""

import pytest

from helpers.charts.cache_map import cache_map
from helpers.charts.chart import Chart
from helpers.core.records import Build
from tests.charts.builds import COLD, SOURCE_EDIT

BUILDS = {"cold": COLD, "source-edit": SOURCE_EDIT}


def texts_by_name(chart: Chart) -> dict[str, tuple[str, ...]]:
    """Each row's texts by the instruction's full name."""
    (cells,) = chart.figure.data
    return {names[0]: tuple(texts) for names, texts in zip(cells.customdata, cells.text, strict=True)}


def test_instructions_are_in_dockerfile_order_with_their_outcomes() -> None:
    assert texts_by_name(cache_map({"05": BUILDS})) == {
        "[build 1/3] FROM docker.io/library/golang": ("–", "–"),
        "[build 2/3] COPY . .": ("ran 0.25 s", "ran 0.25 s"),
        "[build 3/3] RUN --mount=type=cache,target=/go go build": ("ran 8.5 s", "ran 1.0 s"),
        "[certs 2/2] RUN update-ca-certificates": ("ran 3.0 s", "cached"),
        "[stage-2 1/1] COPY --from=build /api /api": ("ran 0.50 s", "ran 0.25 s"),
    }


def test_rows_have_short_names_without_flags() -> None:
    assert cache_map({"05": BUILDS}).figure.layout.yaxis.ticktext == (
        "build · FROM docker.io/library/gola…",
        "build · COPY . .",
        "build · RUN go build",
        "certs · RUN update-ca-certificates",
        "stage-2 · COPY /api /api",
    )


def test_only_scenarios_that_were_built_have_a_column() -> None:
    assert cache_map({"05": BUILDS}).figure.layout.xaxis.ticktext == ("cold", "source edited")
    assert cache_map({"05": {"cold": COLD}}).figure.layout.xaxis.ticktext == ("cold",)


def test_several_dockerfiles_are_below_each_other_with_headings() -> None:
    chart = cache_map({"04": {"cold": COLD}, "05": BUILDS})
    names = chart.figure.layout.yaxis.ticktext
    assert (names[0], names[6], len(names)) == ("<b>04</b>", "<b>05</b>", 12)
    (cells,) = chart.figure.data
    assert cells.text[2] == ["ran 0.25 s", "–"], "04 was not built after a source edit"


def test_the_colour_only_repeats_the_text() -> None:
    (cells,) = cache_map({"05": BUILDS}).figure.data
    for texts, colours in zip(cells.text, cells.z, strict=True):
        assert [{0: "cached", 1: "ran", None: "–"}[colour] for colour in colours] == [text.split()[0] for text in texts]


def test_the_table_has_the_same_data() -> None:
    lines = cache_map({"05": BUILDS}, ["base image: stand-in"]).table.splitlines()
    assert lines[0].split("  ")[0] == "instruction" and lines[0].endswith("source edited")
    assert lines[5].split()[-4:] == ["ran", "3.0", "s", "cached"]
    assert lines[-1] == "base image: stand-in"


@pytest.mark.parametrize("forms", [{}, {"05": {}}])
def test_without_builds_the_title_says_so(forms: dict[str, dict[str, Build]]) -> None:
    assert "nothing measured yet" in cache_map(forms).figure.layout.title.text
