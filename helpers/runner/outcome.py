"""The outcome of a course run: each section's status and failure."""

from dataclasses import dataclass, field
from datetime import datetime

from helpers.core.records import BaseImage, Engine, Kind, Machine, Replay, SectionRecord, Tally, Work

PASSED, FAILED, REPLAYED = "passed", "failed", "replayed"
MARKS = {PASSED: "✓", FAILED: "✗", REPLAYED: "↻"}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a notebook failed, and at which cell."""

    reason: str  # the error message, with the hint on the next line if there is one
    cell: int | None = None  # number of the code cell, from 1, as JupyterLab shows in [n]; None if no cell caused it
    source: str = ""  # the cell's first line

    def __str__(self) -> str:
        """The cell and the reason."""
        return f"cell {self.cell} ({self.source}): {self.reason}" if self.cell else self.reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of executing one section."""

    section: str
    seconds: float  # wall time, from the kernel's start to its end
    failure: Failure | None = None
    replayed: bool = False  # True: it played a recording, so that it ran to its end proves nothing about this machine

    @property
    def status(self) -> str:
        """The word for how it ended: "passed", "failed" or, if it ran to its end in a replay, "replayed"."""
        return FAILED if self.failure else REPLAYED if self.replayed else PASSED

    @property
    def mark(self) -> str:
        """A character for the status."""
        return MARKS[self.status]


@dataclass(frozen=True, slots=True)
class CourseRun:
    """One run of the course: where and when it ran, and each section's outcome and measurements."""

    run_id: str
    started: str  # ISO 8601, UTC
    finished: str
    outcomes: tuple[Outcome, ...]
    records: dict[str, SectionRecord] = field(default_factory=dict)  # by section; only for sections with measurements
    machine: Machine | None = None
    engine: Engine | None = None
    base_images: tuple[BaseImage, ...] = ()
    work: tuple[Work, ...] = ()  # the engine's work in all sections
    replay: Replay | None = None  # the recording that was played; None if an engine was used
    tally: Tally = field(default_factory=Tally)  # of the measurements that sections share
    paused_seconds: float = 0.0  # from the last section that passed before an interruption to the continuation

    @property
    def seconds(self) -> float:
        """Wall time from start to finish, in seconds, without pauses."""
        whole = datetime.fromisoformat(self.finished) - datetime.fromisoformat(self.started)
        return whole.total_seconds() - self.paused_seconds

    def worked(self, kind: Kind) -> list[float]:
        """The durations in seconds of the engine's work of this kind."""
        return [work.seconds for work in self.work if work.kind == kind]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The sections that did not run to their end."""
        return tuple(outcome for outcome in self.outcomes if outcome.failure)

    @property
    def statuses(self) -> dict[str, str]:
        """Each section's status, by section."""
        return {outcome.section: outcome.status for outcome in self.outcomes}

    @property
    def uses_stand_in(self) -> bool:
        """Whether any base image of this run is a stand-in, that is, built by the course."""
        return any(image.is_stand_in for image in self.base_images)
