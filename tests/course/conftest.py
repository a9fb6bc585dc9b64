"""A small course run for tests of results and reports: invented values in the real structure."""

from dataclasses import replace

import pytest

from helpers.course.outcome import CourseRun, Failure, Outcome
from helpers.records import (
    BaseImage,
    Build,
    Check,
    Contents,
    Engine,
    Health,
    Image,
    Instruction,
    Kind,
    LayerContents,
    Machine,
    Measurement,
    Node,
    Package,
    Packages,
    Process,
    Run,
    Scenario,
    SectionRecord,
    Shutdown,
    Work,
)
from helpers.records.changes import Change, Changes

MACHINE = Machine("Debian GNU/Linux 12, 2 cores, 24 GB", "Debian GNU/Linux 12", "amd64", 2, 24_000_000_000, "3.11.2")
ENGINE = Engine("unix:///var/run/docker.sock", "20.10.24", "overlay2", "amd64", "1.41", "Debian", "default socket")
STAND_IN = BaseImage(
    "golang:1.19-bullseye", "localhost:5000/golang@sha256:" + "a" * 64, "stand-in", "sha256:b", 940_000_000
)
LAYER = LayerContents(
    "COPY --from=build /app/api-golang /api-golang",
    16_000_000,
    {"program": 15_999_000, "other files": 1000},
    (Node("api-golang", 15_999_000), Node("etc", 1000, (Node("passwd", 1000),))),
)
PACKAGES = Packages({"deb": 120, "go-module": 23}, (Package("stdlib", "go1.19.13", "go-module"),))
CHANGES = Changes(
    "03-build-binary",
    "04-copy-go-mod-first",
    (Change("/app/api-golang", 16_000_000, 17_000_000), Change("/app/README.md", 2_000, None)),
    (0, 0),
    (1, -2_000),
    (1, 1_000_000),
)
LOG = "go: downloading github.com/gin-gonic/gin v1.8.2\ngo: downloading github.com/jackc/pgx/v5 v5.2.0\n"


def build(scenario: str, seconds: float) -> Build:
    steps = (
        Instruction("[1/3] FROM golang:1.19-bullseye", "sha256:1"),
        Instruction("[2/3] COPY . .", "sha256:2", ("sha256:1",), scenario == "unchanged", 0.0, 0.25),
        Instruction(
            "[3/3] RUN go build -o api-golang", "sha256:3", ("sha256:2",), scenario == "unchanged", 0.5, seconds, LOG
        ),
    )
    return Build(
        scenario,
        seconds,
        "sha256:c",
        steps,
        context_bytes=12_345,
        command="docker build .",
        measured_at="2026-11-23T07:00:00+00:00",
    )


def measurement(name: str, megabytes: float, seconds: float) -> Measurement:
    return Measurement(
        name,
        Image("sha256:c", int(megabytes * 1e6), int(megabytes * 1.02e6), layers=(), architecture="amd64", user="1001"),
        Contents(3, 16_000_000, 1, layers=(LAYER,), paths=("/api-golang", "/etc/passwd")),
        Run(Health(200, 0.03), "log", Process(1001, 1001), Shutdown(0.2, 0, True)),
        {str(scenario): build(scenario, seconds) for scenario in Scenario},
        changes=(CHANGES,),
    )


def record(section: str, megabytes: float, seconds: float, *variants: Measurement) -> SectionRecord:
    return SectionRecord(
        section=section,
        measured_at="2026-11-23T07:00:00+00:00",
        machine=MACHINE,
        engine=ENGINE,
        base_images=(STAND_IN,),
        measurement=measurement(section, megabytes, seconds),
        variants=variants,
        checks=(
            Check("The image holds one file & no shell.", True, source="https://docs.docker.com/build/"),
            Check("Nothing is <downloaded>.", False, "2 modules were", "https://go.dev/ref/mod"),
        ),
    )


@pytest.fixture(scope="session")
def course_run() -> CourseRun:
    """Three sections: one passed, one failed with measurements, one failed before it measured anything."""
    variant = measurement("mount-on-download-only", 16.8, 18.5)
    first = record("04-copy-go-mod-first", 1152.0, 14.9)
    return CourseRun(
        run_id="20261123T070000Z-abc123",
        started="2026-11-23T07:00:00+00:00",
        finished="2026-11-23T07:12:34+00:00",
        outcomes=(
            Outcome("04-copy-go-mod-first", 61.5),
            Outcome("09-cache-mount", 70.25, Failure("ClaimsFailed: 1 of 2 <claims>\n→ Look.", 9, "section.check()")),
            Outcome("11-finish-the-job", 2.0, Failure("The kernel died.", 2, "section = open_section('11')")),
        ),
        records={
            "04-copy-go-mod-first": replace(first, measurement=replace(first.measurement, packages=PACKAGES)),
            "09-cache-mount": record("09-cache-mount", 16.8, 14.7, variant),
        },
        machine=MACHINE,
        engine=ENGINE,
        base_images=(
            STAND_IN,
            replace(STAND_IN, reference="golang", source="registry", digest="golang@sha256:" + "d" * 64),
        ),
        work=(
            Work(Kind.BUILD, "04-copy-go-mod-first", 320.0),
            Work(Kind.BUILD, "mount-on-download-only", 180.5),
            Work(Kind.CONTAINER, "04-copy-go-mod-first", 90.0),
        ),
    )
