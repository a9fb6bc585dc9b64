"""Records of twelve sections with made-up values: 0.05 s to 25 s, 11 MB to 1.2 GB."""

from collections.abc import Callable

import pytest

from helpers.records import (
    BaseImage,
    Build,
    Check,
    Engine,
    Health,
    Image,
    Machine,
    Measurement,
    Run,
    Scenario,
    SectionRecord,
)

Make = Callable[..., SectionRecord]

SECTIONS = [f"{number:02d}-a-section-of-the-course" for number in range(1, 13)]
SIZES = [1_200_000_000, 11_000_000] * 6
SECONDS = (24.857142857142858, 0.05123456789, 9.71828182845, 11.31415926535)  # cold, unchanged, source, dependency
DIGEST = "localhost:5000/golang@sha256:" + "0123456789ab" + "f" * 52


def measurement(name: str, size: int, seconds: tuple[float, ...]) -> Measurement:
    image = Image("sha256:1", size, size)
    builds = {
        str(scenario): Build(scenario, time, "sha256:1") for scenario, time in zip(Scenario, seconds, strict=True)
    }
    return Measurement(name, image, run=Run(Health(200, 0.031)), builds=builds)


@pytest.fixture
def make() -> Make:
    """A factory for the record of one section."""

    def record(
        section: str,
        *,
        baseline: bool = False,
        source: str = "registry",
        size: int = 16_800_000,
        seconds: tuple[float, ...] = SECONDS,
        variants: tuple[str, ...] = (),
        passed: bool = True,
    ) -> SectionRecord:
        return SectionRecord(
            section,
            "2026-10-01T10:00:00+00:00" if baseline else "2026-11-23T07:00:00+00:00",
            Machine("Elsewhere, 8 cores" if baseline else "Debian, 2 cores", "Debian", "amd64", 2, 4_000_000_000),
            Engine("unix:///var/run/docker.sock", "28.5.2" if baseline else "20.10.24", "overlay2", "amd64"),
            (BaseImage("golang:1.19-bullseye", DIGEST, source),),
            measurement(section, size, seconds),
            tuple(measurement(name, 2 * size, seconds) for name in variants),
            (Check("it is true", passed),),
            baseline,
        )

    return record


@pytest.fixture
def course(make: Make) -> list[SectionRecord]:
    """The first four sections measured on this machine with stand-ins, the others from the baseline."""
    return [
        make(name, baseline=place >= 4, source="stand-in" if place < 4 else "registry", size=size)
        for place, (name, size) in enumerate(zip(SECTIONS, SIZES, strict=True))
    ]
