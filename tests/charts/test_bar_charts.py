"""The charts show the records' values and their origin, and are readable without colour."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go  # type: ignore[import-untyped]
import pytest

from helpers.charts import notes
from helpers.charts.bar_charts import life_chart, overview_chart, size_chart, time_chart
from helpers.charts.theme import POINTER
from helpers.core.records import Health, Measurement, Run, Scenario, SectionRecord, Shutdown
from tests.fixtures.section_records import SECTIONS, SIZES, Make

CHARTS = [size_chart, time_chart, life_chart, overview_chart]


def shown(figure: go.Figure) -> dict[str, Any]:
    """Every row's value in a chart with one panel."""
    return {row: value for trace in figure.data for row, value in zip(trace.y, trace.x, strict=True)}


def panel(figure: go.Figure, title: str) -> dict[str, Any]:
    """Every row's value in the panel with that title."""
    axis = next(axis for axis in figure.select_xaxes() if axis.title.text == title)
    name = axis.plotly_name.replace("axis", "")
    found = [trace for trace in figure.data if (trace.xaxis or "x") == name]
    return {row: value for trace in found for row, value in zip(trace.y, trace.x, strict=True)}


def test_sizes_are_the_records_bytes_in_megabytes(course: list[SectionRecord]) -> None:
    assert shown(size_chart(course)) == dict(zip(SECTIONS, (size / 1e6 for size in SIZES), strict=True))


def test_build_times_are_the_records_seconds_in_a_panel_per_scenario(course: list[SectionRecord]) -> None:
    figure = time_chart(course)
    for scenario, title in zip(
        Scenario, ("cold", "nothing changed", "source edited", "dependency changed"), strict=True
    ):
        expected = {record.section: record.measurement.builds[scenario].seconds for record in course}
        assert panel(figure, title) == expected


def test_the_size_axis_is_logarithmic_and_fits_every_bar(course: list[SectionRecord]) -> None:
    axis = size_chart(course).layout.xaxis
    low, high = axis.range
    assert axis.type == "log"
    assert low < math.log10(11) and math.log10(1200) < high


def test_build_times_share_one_linear_scale(course: list[SectionRecord]) -> None:
    axes = list(time_chart(course).select_xaxes())
    assert len(axes) == 4
    assert {axis.range for axis in axes} == {axes[0].range}
    assert axes[0].range[0] == 0 and axes[0].range[1] > max(24.8, 0.05)
    assert {axis.type for axis in axes} == {None}


def test_every_bar_has_its_value_as_text(course: list[SectionRecord]) -> None:
    texts = {text for trace in time_chart(course).data for text in trace.text}
    assert {"24.9", "0.05", "9.7", "11.3"} == texts


def test_baseline_bars_are_hatched_and_named_with_their_date(course: list[SectionRecord]) -> None:
    here, baseline = size_chart(course).data
    assert (here.name, here.marker.pattern.shape) == ("measured on this machine", None)
    assert baseline.name == "baseline of 2026-10-01"
    assert baseline.marker.pattern.shape == "/"
    assert list(here.y) == [record.section for record in course if not record.baseline]


def test_a_value_of_this_machine_is_preferred_to_the_baseline(make: Make) -> None:
    records = [make("01-naive", baseline=True, size=1_000_000), make("01-naive", size=2_000_000)]
    assert shown(size_chart(records)) == {"01-naive": 2.0}


def test_missing_values_are_filled_from_the_baseline(make: Make) -> None:
    own = make("01-naive")
    own.measurement.builds.pop("unchanged")
    figure = time_chart([own, make("01-naive", baseline=True, seconds=(1.0, 2.0, 3.0, 4.0))])
    assert panel(figure, "cold") == {"01-naive": own.measurement.builds["cold"].seconds}
    assert panel(figure, "nothing changed") == {"01-naive": 2.0}


@pytest.mark.parametrize("chart", CHARTS)
def test_stand_ins_are_named_on_every_chart_that_depends_on_one(
    course: list[SectionRecord], chart: Callable[..., go.Figure]
) -> None:
    assert notes.STAND_IN in chart(course).layout.annotations[0].text
    assert "stand-in" not in chart(course[4:]).layout.annotations[0].text


@pytest.mark.parametrize("chart", CHARTS)
def test_a_stand_in_of_the_baseline_is_not_attributed_to_this_machine(
    make: Make, chart: Callable[..., go.Figure]
) -> None:
    (note,) = chart([make("01-naive", baseline=True, source="stand-in")]).layout.annotations
    assert f"baseline of 2026-10-01, {notes.STAND_IN}" in note.text
    assert "this machine" not in note.text.replace("not measured on this machine", "")
    assert f"baseline's {notes.STAND_IN}, made on its machine" in note.hovertext


@pytest.mark.parametrize("chart", CHARTS)
def test_machine_engine_and_digest_are_in_the_tooltip_of_every_chart(
    course: list[SectionRecord], chart: Callable[..., go.Figure]
) -> None:
    (note,) = chart(course).layout.annotations
    machine, digest = "2026-11-23 · Debian, 2 cores · amd64 · Docker Engine 20.10.24, overlay2", "sha256:0123456789ab"
    assert f"this machine: {machine}" in note.hovertext and f"golang:1.19-bullseye {digest}" in note.hovertext
    assert machine not in note.text and digest not in note.text
    assert "this machine" in note.text and "n = 1" in note.text


def test_the_highlighted_section_has_a_pointer_and_an_outline(course: list[SectionRecord]) -> None:
    figure = size_chart(course, course[1].section)
    assert f"<b>{POINTER} {course[1].section}</b>" in figure.layout.yaxis.ticktext
    assert list(figure.data[0].marker.line.width) == [1, 3, 1, 1]
    assert size_chart(course).layout.yaxis.ticktext is None


def test_variants_are_below_their_section_and_look_different(make: Make) -> None:
    records = [make("04-copy", variants=("plain",)), make("09-cache", variants=("mount-on-download-only",))]
    figure = size_chart(records, variants=True)
    rows = ["04-copy", "04 ↳ plain", "09-cache", "09 ↳ mount-on-download-only"]
    assert list(figure.layout.yaxis.categoryarray) == rows
    final, variant = figure.data
    assert final.marker.pattern.shape != variant.marker.pattern.shape == "."
    assert variant.name.endswith(": variant")


def test_only_variants_of_the_highlighted_section_are_shown_by_default(make: Make) -> None:
    records = [make("04-copy", variants=("plain",)), make("09-cache", variants=("mount-on-download-only",))]
    assert "09 ↳ mount-on-download-only" in shown(size_chart(records, "09-cache"))
    assert "04 ↳ plain" not in shown(size_chart(records, "09-cache"))


def test_the_legend_of_several_panels_has_no_duplicates(course: list[SectionRecord]) -> None:
    figure = time_chart(course)
    named = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert len(figure.data) == 8
    assert len(named) == len(set(named)) == 2


def test_there_is_a_legend_even_with_one_source(make: Make) -> None:
    figure = size_chart([make("01-naive", baseline=True)])
    assert figure.layout.template.layout.showlegend
    assert figure.data[0].showlegend is None


@pytest.mark.parametrize("size", [0, 21, 20_000, 30_000_000_000])
def test_images_of_every_size_have_a_scale(make: Make, size: int) -> None:
    axis = size_chart([make("00-start", size=size), make("01-naive", size=932_000_000)]).layout.xaxis
    low, high = axis.range
    assert math.isfinite(low) and low < math.log10(932) < high
    assert size == 0 or low < math.log10(size / 1e6) < high
    assert 2 <= len(axis.tickvals) <= 12


def test_panels_and_rows_without_values_are_omitted(make: Make) -> None:
    record = make("03-build")
    for scenario in ("unchanged", "source-edit", "dependency-edit"):
        record.measurement.builds.pop(scenario)
    without = make("10-image-size")
    object.__setattr__(without, "measurement", Measurement("10-image-size"))
    figure = time_chart([record, without])
    assert [axis.title.text for axis in figure.select_xaxes()] == ["cold"]
    assert list(figure.layout.yaxis.categoryarray) == ["03-build"]


@pytest.mark.parametrize("chart", CHARTS)
def test_without_records_the_title_says_so(chart: Callable[..., go.Figure]) -> None:
    figure = chart([])
    assert not figure.data
    assert "nothing measured yet" in figure.layout.title.text


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_of_twelve_sections_is_below_ten_kilobytes(
    course: list[SectionRecord], chart: Callable[..., go.Figure]
) -> None:
    assert len(chart(course, course[1].section).to_json()) < 10_000


@pytest.mark.parametrize("chart", CHARTS)
def test_the_template_is_ours_and_small(course: list[SectionRecord], chart: Callable[..., go.Figure]) -> None:
    assert len(chart(course).layout.template.to_plotly_json()["data"]["bar"]) == 1
    assert len(str(chart(course).layout.template.to_plotly_json())) < 1_000


def test_start_and_stop_show_both_times_and_the_request_in_flight(make: Make) -> None:
    record = make("02-pin-base-image")
    dropped = Run(Health(200, 0.031), shutdown=Shutdown(0.17, 2, False))
    figure = life_chart([replace(record, measurement=replace(record.measurement, run=dropped))])
    assert panel(figure, "start → first 200, s (log)") == {"02-pin-base-image": 0.031}
    assert panel(figure, "SIGTERM → exit, s") == {"02-pin-base-image": 0.17}
    assert "0.17 ✗ exit 2" in {text for trace in figure.data for text in trace.text}
