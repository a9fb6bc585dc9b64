"""Everything measured of one Dockerfile and of one section, with the machine it was measured on."""

from dataclasses import dataclass, field
from enum import StrEnum

from helpers.core.records.build import Build
from helpers.core.records.image import Changes, Contents, Image, Packages
from helpers.core.records.run import Run


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer that ran the workbook."""

    name: str  # "Debian GNU/Linux 12, 2 cores, 24 GB"; never a host name
    system: str
    architecture: str  # "amd64" | "arm64"
    cpus: int
    memory_bytes: int
    python: str = ""


@dataclass(frozen=True, slots=True)
class Engine:
    """The Docker Engine that was used."""

    address: str  # "unix:///var/run/docker.sock"
    version: str
    storage: str  # "overlay2" | "containerd (overlayfs)" | …
    architecture: str
    api_version: str = ""
    system: str = ""
    chosen_by: str = ""  # "DOCKER_HOST" | "context desktop-linux" | "default socket"


@dataclass(frozen=True, slots=True)
class Replay:
    """The recording that is played instead of using an engine."""

    recorded: str  # ISO 8601, UTC
    engine: Engine  # with which it was recorded
    machine: Machine


@dataclass(frozen=True, slots=True)
class BaseImage:
    """A base image on this engine."""

    reference: str  # "golang:1.19-bullseye"
    digest: str  # "golang@sha256:…", to pin in a Dockerfile on this machine; "" if there is none
    source: str  # "registry" | "stand-in" | "local" (built or loaded under this name)
    id: str = ""
    bytes: int = 0
    name: str = ""  # on the engine: of a stand-in "dockerfile-workbook/stand-in/golang:latest", else the reference
    recorded: str = ""  # ISO 8601, UTC: when the replay that shows it was recorded; "" if it isn't a replay

    @property
    def is_stand_in(self) -> bool:
        """Whether the course made it because no registry could be reached."""
        return self.source == "stand-in"


@dataclass(frozen=True, slots=True)
class Check:
    """A claim, and whether its proof passed on this machine or in a recording, or doesn't apply there."""

    claim: str
    passed: bool
    detail: str = ""  # what was found instead, or why it doesn't apply; never part of compared output
    source: str = ""  # URL of the official page that documents it
    applies: bool = True  # False: the claim makes no sense for this Dockerfile, so it neither passed nor failed
    recorded: bool = False  # True: of a recording, so it proves nothing about this machine

    @property
    def failed(self) -> bool:
        """Whether the claim applies and is false."""
        return self.applies and not self.passed

    @property
    def mark(self) -> str:
        """A character: ✓ if it passed, ✗ if it failed, – if it doesn't apply."""
        return "✓" if self.passed else "✗" if self.applies else "–"


class Kind(StrEnum):
    """The kinds of work that take the engine's time."""

    BUILD = "build"  # from the request to the image, in any scenario
    CONTAINER = "container"  # one container, from creation to removal
    SCAN = "look"  # one scan of an image's contents
    SWEEP = "sweep"  # removing cold builds' records from the build cache


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of the engine's work."""

    kind: str  # a value of Kind
    name: str  # of the measurement: "04-copy-go-mod-first", or a variant's name
    seconds: float  # wall time


@dataclass(frozen=True, slots=True)
class Tally:
    """How many builds and containers the sections of one run asked for, and how many of them were measured.

    Those of exercises and of the error clinic, which are never shared, aren't counted.
    """

    planned: int = 0  # asked for
    distinct: int = 0  # different ones that were measured
    made: int = 0  # measured
    shared: int = 0  # taken over from another section of the run

    @property
    def repeated(self) -> int:
        """How many were measured although they had been measured before in the same run."""
        return self.made - self.distinct


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
    recorded: bool = False  # True: from a replay, so measured on the machine and with the engine of the recording

    @property
    def number(self) -> str:
        """The section's two-digit number, "04"."""
        return self.section[:2]

    @property
    def uses_stand_in(self) -> bool:
        """Whether any base image is a stand-in."""
        return any(image.is_stand_in for image in self.base_images)
