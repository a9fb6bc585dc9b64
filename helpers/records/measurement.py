"""All facts of one Dockerfile, and of one section of the course."""

from dataclasses import dataclass, field

from helpers.records.build import Build
from helpers.records.changes import Changes
from helpers.records.claim import Check
from helpers.records.image import Contents, Image, Packages
from helpers.records.machine import BaseImage, Engine, Machine
from helpers.records.run import Run


@dataclass(frozen=True, slots=True)
class Measurement:
    """One Dockerfile, built, run and looked into. What was not measured is None or absent."""

    name: str  # "04-copy-go-mod-first", or a variant's name
    image: Image | None = None
    contents: Contents | None = None
    run: Run | None = None
    builds: dict[str, Build] = field(default_factory=dict)  # by scenario; of several the one with the median time
    repeats: dict[str, tuple[float, ...]] = field(default_factory=dict)  # seconds of each, where there were several
    packages: Packages | None = None  # None: not looked for
    changes: tuple[Changes, ...] = ()  # against other images, where somebody compared them

    def seconds_of(self, scenario: str) -> tuple[float, ...]:
        """The seconds of every build in this scenario, in the order in which they were made."""
        once = self.builds.get(scenario)
        return self.repeats.get(scenario) or ((once.seconds,) if once else ())


@dataclass(frozen=True, slots=True)
class SectionRecord:
    """What one section measured and proved, where and when."""

    section: str  # "04-copy-go-mod-first"
    measured_at: str  # ISO 8601, UTC
    machine: Machine
    engine: Engine
    base_images: tuple[BaseImage, ...]
    measurement: Measurement
    variants: tuple[Measurement, ...] = ()
    checks: tuple[Check, ...] = ()
    baseline: bool = False  # True: from the committed baseline, not from this machine

    @property
    def number(self) -> str:
        """The section's two digits, "04"."""
        return self.section[:2]

    @property
    def uses_stand_in(self) -> bool:
        """Whether any figure here stands on a base image that the course made itself."""
        return any(image.is_stand_in for image in self.base_images)
