"""Continues an interrupted run: the same command skips the sections that passed, and its results are one run.

After each section that passes, the run's folder gets a small file with what is needed for that. The file is deleted
when the run ends, whether its sections passed or failed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from helpers.course.sections import SectionFiles
from helpers.measure import shared_facts
from helpers.measure.store import Store
from helpers.runner import interrupted, result_files
from helpers.runner.outcome import Outcome


@dataclass(frozen=True)
class Unfinished:
    """A run that has not ended: what it did, and which command continues it."""

    run_id: str
    key: str  # of the command, the engine and the course's files
    started: str  # ISO 8601, UTC, like all dates here
    passed: dict[str, float] = field(default_factory=dict)  # the seconds of each section that passed
    work: int = 0  # how many pieces of the engine's work they consist of
    paused: float = 0.0  # seconds between interruptions and continuations
    written: str = ""  # when a section passed last

    @property
    def outcomes(self) -> list[Outcome]:
        """The sections that passed."""
        return [Outcome(section, seconds) for section, seconds in self.passed.items()]

    def with_passed(self, outcome: Outcome) -> "Unfinished":
        """The run after one more section has passed."""
        work = len(Store().work_of(self.run_id))
        return replace(self, passed={**self.passed, outcome.section: outcome.seconds}, work=work, written=now())

    def save(self, folder: Path) -> None:
        """Write this into the run's folder."""
        result_files.write(folder / result_files.UNFINISHED, json.dumps(asdict(self)) + "\n")

    def continued(self, folder: Path) -> "Unfinished":
        """The run from now on; a new run is unchanged. The caller holds the lock of the run's folder.

        The work of the section that was interrupted is removed from the store, and what it asked for from the counts.
        Raises WorkbookError if another process has continued the run since it was found.
        """
        if not self.passed:
            return self
        if _read(folder) != self:
            raise result_files.just_continued(folder)
        Store().keep_work(self.run_id, self.work)
        shared_facts.keep_requests(Store(), self.run_id, self.passed)
        pause = datetime.now(UTC) - datetime.fromisoformat(self.written)
        return replace(self, paused=self.paused + pause.total_seconds())


def take(results: Path, key: str, fresh: bool) -> Unfinished:
    """The newest interrupted run with the same key, or a new one.

    With `fresh`, it's always a new one. Other interrupted runs with the key are forgotten.
    """
    found = [] if fresh else list(_interrupted(results, key))[-1:]
    kept = {each.run_id for each in found}
    for other in _interrupted(results, key):
        if other.run_id not in kept:
            result_files.forget(results / result_files.RUNS / other.run_id)
    return found[0] if found else Unfinished(result_files.new_name(), key, now())


def key_of(chosen: Sequence[SectionFiles], options: Mapping[str, object], engine: object) -> str:
    """What must be the same for a run to be continued: sections, options, the course's files, and the engine."""
    return f"{interrupted.key_of_command(chosen, options)}-{hashlib.sha256(repr(engine).encode()).hexdigest()}"


def now() -> str:
    """The time in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _interrupted(results: Path, key: str) -> Iterator[Unfinished]:
    """The interrupted runs with that key, oldest first."""
    for folder in interrupted.resumable(results):
        state = _read(folder)
        if state and state.key == key and not result_files.is_at_work(folder):
            yield state


def _read(folder: Path) -> Unfinished | None:
    try:
        return Unfinished(**json.loads((folder / result_files.UNFINISHED).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # it was deleted meanwhile, or another version of the course wrote it
        return None
