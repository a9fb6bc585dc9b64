"""The export contains the whole store, as JSON and as CSV."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from helpers import __main__ as command_line
from helpers.core.replay import REPLAY
from helpers.measure.store import Store, structure
from helpers.runner import export
from helpers.runner.outcome import CourseRun
from helpers.setup import environment
from tests.fixtures.course_runs import DOCKERFILE, STAND_IN, without_input


@pytest.fixture
def stored(course_run: CourseRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CourseRun:
    """The sample run, saved in a temporary store."""
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr(environment, "enter", lambda *arguments, **options: None)
    for record in course_run.records.values():
        Store().save(course_run.run_id, record)
    return course_run


def test_json_contains_every_record(stored: CourseRun, tmp_path: Path) -> None:
    assert export.export(str(tmp_path / "elsewhere")) == 0
    plain = json.loads((tmp_path / "elsewhere" / export.JSON).read_text())
    assert plain["schema"] == 1 and {each["run"] for each in plain["records"]} == {stored.run_id}
    assert [structure(each) for each in plain["records"]] == list(stored.records.values())


def test_csv_has_a_row_for_each_build_of_each_variant(stored: CourseRun, tmp_path: Path) -> None:
    export.export()
    with (tmp_path / "results" / export.CSV).open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 3 * 4, "two sections and a variant, four scenarios each"
    (variant,) = {line["form"] for line in lines if line["form"]}
    assert variant == "mount-on-download-only"
    first = lines[0]
    assert (first["section"], first["scenario"], first["n"]) == ("04-copy-go-mod-first", "cold", "1")
    assert float(first["median_seconds"]) == 14.9 and first["image_bytes"] == "1152000000"
    assert first["image_transfer_bytes"] == "", "not measured"
    assert first["dockerfile"] == "dockerfiles/04-copy-go-mod-first.Dockerfile" and first["target"] == ""
    assert (first["context_digest"], first["platform"]) == ("sha256:" + "c" * 64, "linux/amd64")
    assert first["dockerfile_digest"] == f"sha256:{hashlib.sha256(DOCKERFILE.encode()).hexdigest()}"
    assert json.loads(first["build_args"]) == {"MODE": "dev"}
    assert json.loads(first["resolved_base_images"]) == {"golang:1.19-bullseye": STAND_IN.digest, "tools": ""}
    assert json.loads(first["stand_ins"]) == {"golang:1.19-bullseye": STAND_IN.name}
    assert "stand-in" in first["base_image_sources"] and first["engine"] == "20.10.24"


def test_a_build_from_before_its_input_was_recorded_has_empty_columns(stored: CourseRun, tmp_path: Path) -> None:
    (line,) = export.rows([("run", without_input(stored.records["04-copy-go-mod-first"]))])
    names = ("dockerfile", "dockerfile_digest", "context_digest", "target", "platform")
    assert [line[name] for name in (*names, "build_args", "resolved_base_images", "stand_ins")] == [None] * 8


def test_without_measurements_the_run_command_is_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    assert export.export() == 0
    assert "python3 -m helpers run" in capsys.readouterr().out
    assert not (tmp_path / export.CSV).exists()


def test_replays_are_not_exported(
    stored: CourseRun, replayed_run: CourseRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as variables:
        variables.setenv(REPLAY, "at-once")
        for record in replayed_run.records.values():
            Store().save("a-replay", record)
    assert command_line.main(["export", str(tmp_path)]) == 0
    plain = json.loads((tmp_path / export.JSON).read_text())
    assert {each["run"] for each in plain["records"]} == {stored.run_id}
    assert {each["recorded"] for each in plain["records"]} == {False}


def test_the_variable_of_replays_changes_no_export(
    stored: CourseRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(REPLAY, "at-once")
    assert command_line.main(["export", str(tmp_path)]) == 0
    assert (tmp_path / export.JSON).exists()
