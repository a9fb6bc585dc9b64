"""The probe of section 05: what works in an empty image, with each fix, and in the learner's image."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest

from helpers.core.errors import WorkbookError
from helpers.core.records import Image
from helpers.course import scratch_probe
from helpers.course.opening import open_section
from helpers.course.scratch_probe import BUILD, DNS, HTTPS, STAGES, TIME_ZONES, VARIANT, probed_with
from helpers.course.sections import find
from helpers.course.subject import subject_of
from helpers.measure.experiment import Experiment

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def test_the_dockerfile_has_a_stage_for_each_image() -> None:
    dockerfile = find("05").dockerfile.with_name(f"05-separate-stages.{VARIANT}.Dockerfile")
    stages = re.findall(r"^FROM \S+ AS (\S+)$", Path(dockerfile).read_text(encoding="utf-8"), re.MULTILINE)
    assert {BUILD, *STAGES} <= set(stages)


@pytest.mark.parametrize(
    "printed", ["", '{"check": "HTTPS", "error": ""}\npanic: no more\n', '{"check": "DNS", "error": ""}']
)
def test_a_probe_that_stops_early_is_an_error(printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = None
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    monkeypatch.setattr(Experiment, "image", lambda experiment: Image("sha256:1", 1, 1))
    monkeypatch.setattr(scratch_probe, "isolated", lambda client: SimpleNamespace(id=None))
    monkeypatch.setattr(scratch_probe, "output", lambda *_, **__: (2, printed))
    with pytest.raises(WorkbookError, match="The probe printed something else"):
        scratch_probe.probed(subject_of(client, find("05")))


@pytest.mark.engine
def test_the_chart_has_a_row_for_each_image_and_the_messages_of_the_empty_one(client: docker.DockerClient) -> None:
    text = str(scratch_probe.chart(open_section(client, "05-separate-stages")))
    rows = [line for line in text.splitlines() if "works" in line]
    assert [row.split("  ")[0] for row in rows] == list(STAGES.values())
    assert [row.count("✓ works") for row in rows] == [1, 2, 1, 2, 2, 2, 2, 5]
    assert "in scratch, HTTPS: x509: certificate signed by unknown authority" in text
    assert re.search(r"\+ /tmp .* 0 bytes", text) and re.search(r"\+ CA certificates .* kB", text)


@pytest.mark.engine
def test_the_probe_runs_in_another_dockerfiles_image(client: docker.DockerClient) -> None:
    subject = subject_of(client, find("05"))
    copied = f"FROM golang:1.19-bullseye AS build\nFROM scratch\nCOPY --from=build {CERTIFICATES} {CERTIFICATES}\n"
    errors = probed_with(subject, copied)
    assert (errors[HTTPS], errors[DNS]) == ("", "")
    assert errors[TIME_ZONES] == "unknown time zone Europe/Paris"


@pytest.mark.engine
def test_a_probe_that_prints_something_else_is_an_error(client: docker.DockerClient) -> None:
    subject = subject_of(client, find("05"))
    probe = subject.variant(VARIANT)
    broken = probe.dockerfile.replace('ENTRYPOINT ["/probe"]', 'ENTRYPOINT ["/probe", "authority"]')
    subject.variant(VARIANT, broken)
    with pytest.raises(WorkbookError, match="The probe printed something else"):
        scratch_probe.probed(subject)
