"""The results document has stable keys, and null for anything not measured."""

import hashlib
import json
import pickle
import subprocess
import sys
from dataclasses import replace

import pytest

from helpers.core.masking import MASK
from helpers.core.paths import PROJECT
from helpers.core.records import Measurement, Tally
from helpers.runner import results
from helpers.runner.outcome import CourseRun, Failure, Outcome
from tests.fixtures.course_runs import DOCKERFILE, STAND_IN, without_input
from tests.fixtures.replays import RECORDED


def document(run: CourseRun) -> results.Json:
    """The document as read from its file."""
    read: results.Json = json.loads(results.dumps(run))
    return read


def test_private_data_is_hidden(course_run: CourseRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_TOKEN", "npm_0123456789")
    failed = Outcome("09-cache-mount", 1.0, Failure("refused: npm_0123456789"))
    (section,) = document(replace(course_run, outcomes=(failed,)))["sections"]
    assert section["failure"]["reason"] == f"refused: {MASK}"


def test_machine_engine_and_times(course_run: CourseRun) -> None:
    read = document(course_run)
    assert (read["schema"], read["started"], read["finished"]) == (1, course_run.started, course_run.finished)
    assert read["machine"]["architecture"] == "amd64"
    assert (read["engine"]["version"], read["engine"]["storage"]) == ("20.10.24", "overlay2")


def test_a_stand_in_is_named_for_the_run_and_for_each_section(course_run: CourseRun) -> None:
    read = document(course_run)
    assert {image["reference"]: image["source"] for image in read["base_images"]} == {
        "golang:1.19-bullseye": "stand-in",
        "golang": "registry",
    }
    assert [image["source"] for image in read["sections"][0]["base_images"]] == ["stand-in"]


def test_the_engines_work_is_summed_by_kind(course_run: CourseRun) -> None:
    assert document(course_run)["work"] == {
        "build": {"count": 2, "seconds": 500.5},
        "container": {"count": 1, "seconds": 90.0},
        "look": {"count": 0, "seconds": 0.0},
        "sweep": {"count": 0, "seconds": 0.0},
    }


def test_measurements_that_sections_shared_are_counted(course_run: CourseRun) -> None:
    read = document(replace(course_run, tally=Tally(planned=9, distinct=4, made=5, shared=4)))
    assert read["measurements"] == {"planned": 9, "distinct": 4, "made": 5, "shared": 4, "repeated": 1}


def test_a_measurement_that_was_taken_over_says_so(course_run: CourseRun) -> None:
    name, record = next(iter(course_run.records.items()))
    known = record.measurement
    assert known.run
    cold = replace(known.builds["cold"], measured_in="01-naive", notes=("measured again",))
    run = replace(known.run, measured_in="01-naive", measured_at="2026-11-23T07:00:00+00:00")
    taken = replace(record, measurement=replace(known, builds={"cold": cold}, run=run))
    section = document(replace(course_run, records={name: taken}))["sections"][0]
    assert section["builds"]["cold"]["measured_in"] == section["health"]["measured_in"] == "01-naive"
    assert section["builds"]["cold"]["notes"] == ["measured again"]
    assert section["health"]["measured_at"] == "2026-11-23T07:00:00+00:00"


def test_a_section_with_everything_measured(course_run: CourseRun) -> None:
    section = document(course_run)["sections"][0]
    assert (section["section"], section["status"], section["seconds"]) == ("04-copy-go-mod-first", "passed", 61.5)
    assert section["image"]["bytes"] == 1_152_000_000
    assert section["image"]["engine_bytes"] == 1_175_040_000
    assert section["image"]["transfer_bytes"] is None
    assert section["health"] == {"status": 200, "seconds_to_healthy": 0.03, "measured_at": None, "measured_in": None}
    assert list(section["builds"]) == ["cold", "unchanged", "source-edit", "dependency-edit"]


def test_packages_are_counted_by_kind(course_run: CourseRun) -> None:
    sections = document(course_run)["sections"]
    assert sections[0]["packages"] == {"deb": 120, "go-module": 23}
    assert sections[1]["variants"][0]["packages"] is None and sections[2]["packages"] is None


def test_a_build(course_run: CourseRun) -> None:
    build = document(course_run)["sections"][0]["builds"]["cold"]
    assert (build["seconds"], build["context_bytes"], build["modules_downloaded"]) == (14.9, 12_345, 2)
    assert build["repeats"] == [14.9]
    assert build["critical_path"]["steps"] == ["[2/3] COPY . .", "[3/3] RUN go build -o api-golang"]
    assert build["critical_path"]["seconds"] == 14.9
    unknown = {"layer_bytes": None}
    assert build["instructions"][1] == {"name": "[2/3] COPY . .", "seconds": 0.25, "cached": False} | unknown
    base = {"name": "[1/3] FROM golang:1.19-bullseye", "seconds": None, "cached": None}
    assert build["instructions"][0] == base | unknown


def test_what_was_built(course_run: CourseRun) -> None:
    built = document(course_run)["sections"][1]["builds"]["source-edit"]["input"]
    assert built == {
        "file": "dockerfiles/09-cache-mount.Dockerfile",
        "dockerfile": DOCKERFILE,
        "dockerfile_digest": f"sha256:{hashlib.sha256(DOCKERFILE.encode()).hexdigest()}",
        "context_digest": "sha256:" + "c" * 64,
        "build_args": {"MODE": "dev"},
        "target": None,
        "base_images": {"golang:1.19-bullseye": STAND_IN.digest, "tools": None},
        "platform": "linux/amd64",
        "dockerfile_sent": DOCKERFILE.replace("golang:1.19-bullseye", STAND_IN.name),
        "stand_ins": {"golang:1.19-bullseye": STAND_IN.name},
    }


def test_what_was_built_is_null_in_older_records(course_run: CourseRun) -> None:
    record = without_input(course_run.records["09-cache-mount"])
    run = replace(course_run, records={record.section: record})
    assert document(run)["sections"][1]["builds"]["cold"]["input"] is None


def test_modules_are_not_counted_from_an_incomplete_trace(course_run: CourseRun) -> None:
    record = course_run.records["09-cache-mount"]
    incomplete = replace(record.measurement.builds["cold"], trace_complete=False)
    measurement = replace(record.measurement, builds={"cold": incomplete})
    run = replace(course_run, records={"09-cache-mount": replace(record, measurement=measurement)})
    assert document(run)["sections"][1]["builds"]["cold"]["modules_downloaded"] is None


def test_a_comparison_has_counts_and_bytes(course_run: CourseRun) -> None:
    (changes,) = document(course_run)["sections"][0]["changes"]
    assert changes["before"] == "03-build-binary"
    assert changes["removed"] == {"files": 1, "bytes": -2000} and changes["resized"]["bytes"] == 1_000_000


def test_variants_are_separate_from_the_final_dockerfile(course_run: CourseRun) -> None:
    section = document(course_run)["sections"][1]
    assert section["builds"]["cold"]["seconds"] == 14.7
    assert [variant["name"] for variant in section["variants"]] == ["mount-on-download-only"]
    assert section["variants"][0]["builds"]["cold"]["seconds"] == 18.5


def test_checks_and_failures(course_run: CourseRun) -> None:
    section = document(course_run)["sections"][1]
    assert [(check["claim"], check["passed"], check["applies"]) for check in section["checks"]] == [
        ("The image holds one file & no shell.", True, True),
        ("Nothing is <downloaded>.", False, True),
        ("An edit leaves it cached.", False, False),
    ]
    assert section["status"] == "failed"
    assert section["failure"]["cell"] == 9


def test_missing_measurements_are_null(course_run: CourseRun) -> None:
    section = document(course_run)["sections"][2]
    assert section["status"] == "failed"
    assert (section["image"], section["health"], section["contents"]) == (None, None, None)
    assert set(section["builds"].values()) == {None}
    assert (section["variants"], section["checks"]) == ([], [])


def test_a_run_without_an_engine_has_a_document(course_run: CourseRun) -> None:
    read = document(replace(course_run, records={}, engine=None, base_images=()))
    assert (read["engine"], read["base_images"]) == (None, [])


def test_a_section_that_was_only_opened(course_run: CourseRun) -> None:
    record = replace(course_run.records["09-cache-mount"], measurement=Measurement("09-cache-mount"), variants=())
    run = replace(course_run, records={"09-cache-mount": record})
    assert document(run)["sections"][1]["image"] is None


def test_the_parts_of_an_image_are_its_bytes_by_category(course_run: CourseRun) -> None:
    contents = document(course_run)["sections"][0]["contents"]
    assert contents["bytes_by_kind"] == {"program": 15_999_000, "other files": 1000}
    assert "layers" not in contents and "paths" not in contents


_WITHOUT_PLOTLY = """
import pickle, sys
sys.modules["plotly"] = None  # importing it now raises ImportError
sys.modules["rfc3987_syntax"] = None  # jsonschema's check of IRIs, which nothing uses: its import takes 0.8 s
from helpers.runner import results
print(results.dumps(pickle.load(sys.stdin.buffer)))
assert not [name for name in sys.modules if name.startswith("helpers.charts")]
"""


def test_the_document_needs_no_plotly(course_run: CourseRun) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_PLOTLY], input=pickle.dumps(course_run), capture_output=True, cwd=PROJECT
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == document(course_run)


def test_a_pause_does_not_count(course_run: CourseRun) -> None:
    paused = replace(course_run, paused_seconds=60.0)
    assert paused.seconds == course_run.seconds - 60.0
    assert document(paused)["paused_seconds"] == 60.0 and document(course_run)["paused_seconds"] == 0.0


def test_a_replay_is_named_and_proves_nothing(replayed_run: CourseRun) -> None:
    read = document(replayed_run)
    assert read["replay"]["recorded"] == RECORDED and read["replay"]["machine"]["name"] == "Elsewhere, 8 cores"
    assert [section["status"] for section in read["sections"]] == ["replayed", "failed", "failed"]
    checks = [check for section in read["sections"] for check in section["checks"]]
    assert {check["passed"] for check in checks} == {None} and {check["recorded"] for check in checks} == {True}
    assert [check["passed_in_recording"] for check in checks] == [True, False, False] * 2


def test_a_run_with_an_engine_is_no_replay(course_run: CourseRun) -> None:
    read = document(course_run)
    assert read["replay"] is None
    assert [check["recorded"] for check in read["sections"][0]["checks"]] == [False] * 3
    assert [check["passed_in_recording"] for check in read["sections"][0]["checks"]] == [None] * 3
