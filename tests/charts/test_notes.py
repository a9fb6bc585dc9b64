"""Notes on where values come from."""

from dataclasses import replace

import pytest

from helpers.charts import notes
from helpers.core.records import BaseImage, SectionRecord
from tests.fixtures.section_records import Make


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T07:00:00+00:00", "2026-11-23"),
        ("2026-11-23T23:30:00-05:00", "2026-11-24"),
        ("2026-11-23T07:00:00", "2026-11-23"),
        ("", "date unknown"),
    ],
)
def test_a_day_is_in_utc(moment: str, expected: str) -> None:
    assert notes.day(moment) == expected


def test_origins_are_listed_once_and_this_machine_first(make: Make) -> None:
    lines = notes.origins([make("02-pin", baseline=True), make("01-naive"), make("03-build")])
    assert [line.split(":")[0] for line in lines] == [
        "this machine",
        "base image",
        "baseline",
        "baseline's base image",
    ]


def test_a_chart_has_one_short_note_with_the_origins_in_full(make: Make) -> None:
    records = [make("02-pin", baseline=True), make("01-naive", source="stand-in")]
    (note,) = notes.provenance(records)
    assert note == (
        f"this machine, {notes.STAND_IN}"
        f" · baseline of {notes.day(records[0].measured_at)}, base image from its registry"
    )
    assert note.full.splitlines() == notes.origins(records)
    assert notes.provenance([]) == []


def test_base_images_of_all_sections_share_a_line(make: Make) -> None:
    first = replace(make("01-naive"), base_images=(BaseImage("golang", "", "stand-in"),))
    lines = notes.origins([first, make("02-pin", source="stand-in"), make("03-build", source="stand-in")])
    assert lines[1:] == [f"{notes.SOURCES['stand-in']}: golang, golang:1.19-bullseye sha256:0123456789ab"]


@pytest.mark.parametrize(
    ("source", "words"),
    [("stand-in", notes.STAND_IN), ("registry", "from its registry"), ("local", "found on this machine")],
)
def test_every_source_has_its_text(source: str, words: str) -> None:
    (line,) = notes.bases([BaseImage("golang", "", source)])
    assert words in line and line.endswith(": golang")


def test_two_days_on_one_machine_are_both_listed(make: Make) -> None:
    later = replace(make("02-pin"), measured_at="2026-11-25T07:00:00+00:00")
    days = [line for line in notes.origins([make("01-naive"), later]) if line.startswith("this machine")]
    assert len(days) == 2


def recorded(record: SectionRecord) -> SectionRecord:
    """The record as a replay shows it."""
    return replace(
        record,
        recorded=True,
        base_images=tuple(replace(image, recorded=record.measured_at) for image in record.base_images),
    )


def test_a_recording_is_named_with_its_day_engine_and_machine(make: Make) -> None:
    records = [recorded(make("01-naive", source="stand-in")), make("02-pin", baseline=True)]
    (note,) = notes.provenance(records)
    assert note.startswith(
        f"recorded on 2026-11-23, Docker Engine 20.10.24, Debian, 2 cores, {notes.STAND_IN} · baseline of "
    )
    first, base, *_ = note.full.splitlines()
    assert first == f"recorded on {notes.origin(records[0])}"
    assert base.startswith("recording's stand-in base image, made on its machine: golang")
    assert "this machine" not in note and "this machine" not in note.full
    assert notes.legend(records[0]) == "recorded on 2026-11-23"


@pytest.mark.parametrize(
    ("source", "when", "mark"),
    [
        ("stand-in", "", notes.STAND_IN),
        ("registry", "", ""),
        ("registry", "2026-11-23T07:00:00+00:00", "recorded on 2026-11-23"),
        ("stand-in", "2026-11-23T07:00:00+00:00", f"{notes.STAND_IN}, recorded on 2026-11-23"),
    ],
)
def test_values_of_a_recording_are_marked_like_those_of_a_stand_in(source: str, when: str, mark: str) -> None:
    images = [BaseImage("golang", "", source, recorded=when)]
    assert notes.mark(images) == mark
    (note,) = notes.marked(images)
    assert note.endswith(mark) and (not when or note.full.splitlines()[-1] == "recorded on 2026-11-23")


def test_without_base_images_there_is_no_mark() -> None:
    assert (notes.mark([]), notes.marked([])) == ("", [])
