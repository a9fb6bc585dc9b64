"""Everything measured for one Dockerfile, and for one section of the course."""

from dataclasses import dataclass, field

from helpers.records.build import Build
from helpers.records.changes import Changes
from helpers.records.claim import Check
from helpers.records.image import Contents, Image, Packages
from helpers.records.machine import BaseImage, Engine, Machine
from helpers.records.run import Run


@dataclass(frozen=True, slots=True)
class Measurement:
    """The measurements of one Dockerfile. What was not measured is None or absent."""

    name: str  # "04-copy-go-mod-first", or a variant's name
    image: Image | None = None
    contents: Contents | None = None
    run: Run | None = None
    builds: dict[str, Build] = field(default_factory=dict)  # by scenario; of repeats, the one with the median time
    repeats: dict[str, tuple[float, ...]] = field(default_factory=dict)  # seconds of each build, if it was repeated
    packages: Packages | None = None  # None: not scanned
    changes: tuple[Changes, ...] = ()  # compared with other images, if that was asked for

    def seconds_of(self, scenario: str) -> tuple[float, ...]:
        """The seconds of every build in this scenario, in the order they ran; () if there was none."""
        once = self.builds.get(scenario)
        return self.repeats.get(scenario) or ((once.seconds,) if once else ())


@dataclass(frozen=True, slots=True)
class SectionRecord:
    """What one section measured and proved, with machine, engine and time."""

    section: str  # "04-copy-go-mod-first"
    measured_at: str  # ISO 8601, UTC
    machine: Machine
    engine: Engine
    base_images: tuple[BaseImage, ...]
    measurement: Measurement
    variants: tuple[Measurement, ...] = ()
    checks: tuple[Check, ...] = ()
    baseline: bool = False  # True: from the committed baseline, not measured on this machine

    @property
    def number(self) -> str:
        """The section's two-digit number, "04"."""
        return self.section[:2]

    @property
    def uses_stand_in(self) -> bool:
        """Whether any base image is a stand-in."""
        return any(image.is_stand_in for image in self.base_images)
