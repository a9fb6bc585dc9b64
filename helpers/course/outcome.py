"""What became of a run of the course: section by section, and where each failure lies."""

from dataclasses import dataclass, field
from datetime import datetime

from helpers.records import BaseImage, Engine, Kind, Machine, SectionRecord, Work

PASSED, FAILED = "passed", "failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a notebook did not run to its end, and at which cell."""

    reason: str  # one sentence, and the mend on the next line where there is one
    cell: int | None = None  # the code cells counted from 1, as In [n] has it in JupyterLab; None: no cell's fault
    source: str = ""  # the cell's first line

    def __str__(self) -> str:
        """The place and the reason."""
        return f"cell {self.cell} ({self.source}): {self.reason}" if self.cell else self.reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """One section's execution."""

    section: str
    seconds: float  # wall, from the kernel's start to its end
    failure: Failure | None = None

    @property
    def status(self) -> str:
        """ "passed" or "failed"."""
        return FAILED if self.failure else PASSED


@dataclass(frozen=True, slots=True)
class CourseRun:
    """One run of the course: where, when, how each section ended and what it measured."""

    run_id: str
    started: str  # ISO 8601, UTC
    finished: str
    outcomes: tuple[Outcome, ...]
    records: dict[str, SectionRecord] = field(default_factory=dict)  # by section; one that measured nothing has none
    machine: Machine | None = None
    engine: Engine | None = None
    base_images: tuple[BaseImage, ...] = ()
    work: tuple[Work, ...] = ()  # the engine's, in all sections

    @property
    def seconds(self) -> float:
        """Wall, from its beginning to its end."""
        return (datetime.fromisoformat(self.finished) - datetime.fromisoformat(self.started)).total_seconds()

    def worked(self, kind: Kind) -> list[float]:
        """The seconds of each piece of the engine's work of this kind."""
        return [work.seconds for work in self.work if work.kind == kind]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The sections that did not pass."""
        return tuple(outcome for outcome in self.outcomes if outcome.failure)

    @property
    def statuses(self) -> dict[str, str]:
        """Each section's status, by section."""
        return {outcome.section: outcome.status for outcome in self.outcomes}

    @property
    def uses_stand_in(self) -> bool:
        """Whether any figure stands on a base image that the course made itself."""
        return any(image.is_stand_in for image in self.base_images)
