"""The times of sections: this machine's own, and the committed reference."""

from pathlib import Path

import pytest

from helpers.core import section_times
from helpers.core.errors import WorkbookError
from helpers.core.section_times import SectionTimes
from helpers.course.sections import discover


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    return tmp_path


def test_a_noted_time_is_expected_the_next_time(results: Path) -> None:
    section_times.note("all", "01-naive", 30.04)
    section_times.note("all", "02-pin-base-image", 8.0)
    section_times.note("variants", "01-naive", 60.0)
    section_times.note("all", "01-naive", 20.0)
    found = section_times.expected(["01-naive", "02-pin-base-image"], "all")
    assert found.own == {"01-naive": 20.0, "02-pin-base-image": 8.0} and not found.foreign
    assert section_times.expected(["01-naive"], "variants", repeats=2).own == {"01-naive": 120.0}


def test_the_reference_has_every_section(results: Path) -> None:
    names = [section.name for section in discover()]
    for scenarios in ("all", "variants"):
        found = section_times.expected(names, scenarios)
        assert list(found.foreign) == names and not found.own and not found.unknown
    reference = section_times.load()
    assert reference.machine and reference.measured_at and reference.bytes_per_second


def test_a_section_that_nobody_ran_is_unknown(results: Path) -> None:
    assert section_times.expected(["99-new"], "all").unknown == ("99-new",)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"unknown": 1}'])
def test_a_damaged_file_counts_as_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "times.json").write_text(text)
    assert section_times.load(tmp_path / "times.json") == SectionTimes()


def test_a_results_folder_that_cannot_be_written_is_no_error(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(results / "missing"))
    section_times.note("all", "01-naive", 1.0)
    assert section_times.own() == SectionTimes()


SECTIONS = ["01-naive", "02-pin-base-image"]


def test_the_reference_is_replaced_by_this_machines_times(results: Path) -> None:
    for name in SECTIONS:
        section_times.note("all", name, 30.0)
    line = section_times.renew(SECTIONS, "two cores", 5e7, results / "reference.json")
    assert line == "Updated reference.json: 2 times of sections, measured on two cores."
    written = section_times.load(results / "reference.json")
    assert written.of("all", "01-naive") == 30.0
    assert (written.machine, written.bytes_per_second) == ("two cores", 5e7)


@pytest.mark.parametrize(
    ("scenarios", "missing", "command"),
    [("all", "02-pin-base-image", "helpers run"), ("variants", ", ".join(SECTIONS), "helpers run --variants")],
)
def test_a_reference_is_not_replaced_by_one_that_lacks_times(
    results: Path, scenarios: str, missing: str, command: str
) -> None:
    before = SectionTimes({"all": dict.fromkeys(SECTIONS, 9.0), scenarios: dict.fromkeys(SECTIONS, 9.0)}, "one core")
    section_times.save(before, results / "reference.json")
    section_times.note("all", SECTIONS[0], 30.0)
    if scenarios != "all":
        section_times.note("all", SECTIONS[1], 30.0)
    with pytest.raises(WorkbookError) as caught:
        section_times.renew(SECTIONS, "two cores", 5e7, results / "reference.json")
    assert f"from this machine: {missing}." in caught.value.message and caught.value.hint.endswith(command)
    assert section_times.load(results / "reference.json") == before


def test_a_reference_that_cannot_be_written_is_an_error(results: Path) -> None:
    section_times.note("all", "01-naive", 30.0)
    (results / "reference.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        section_times.renew(["01-naive"], "two cores", 5e7, results / "reference.json")
    assert not (results / "reference.json.new").exists()
