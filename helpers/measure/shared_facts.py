"""Facts that the notebooks of one run share: each is measured by the first that asks, and taken over by the others.

Only the kernels that a run starts share anything: they inherit the run's ID and its secret. The secret is new each time
that a run starts or continues, and is never stored. It signs every fact, so that no other program can slip one in, and
a continued run, whose cache was removed at the interruption, measures anew.
"""

import hashlib
import hmac
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from cattrs.preconf.json import make_converter
from filelock import FileLock

from helpers.core.records import Build, Run, Tally
from helpers.engine.recording import tape
from helpers.measure.questions import Question
from helpers.measure.store import Store

RUN, SECRET = "WORKBOOK_RUN", "WORKBOOK_RUN_SECRET"
LOCKS = "locks"  # a folder in the results folder: a file for each fact that is being measured, in a folder for each run
CHANGED = "measured again: another program has changed this run's record of it"
GONE = "measured again: the image of the measurement in section {number} was removed"
_KEPT = timedelta(days=2)  # facts of killed runs

Record = TypeVar("Record", Build, Run)
_converter = make_converter()


@dataclass(frozen=True)
class Measured(Generic[Record]):
    """A measurement, and the namespace of the cache that it used or left; "" for a container."""

    record: Record
    lineage: str = ""


class Sharing(Protocol):
    """Where an experiment gets its measurements from."""

    def obtain(
        self,
        kind: type[Record],
        question: Callable[[], Question],
        measure: Callable[[], Measured[Record]],
        usable: Callable[[Record], bool],
    ) -> Measured[Record]:
        """The answer to the question: another section's if `usable`, else measured now."""

    def latest(
        self, kind: type[Record], question: Callable[[], Question], usable: Callable[[Record], bool]
    ) -> Measured[Record] | None:
        """The newest answer to the question that is `usable`; None if there is none. Never measures."""


class NothingShared:
    """Every experiment measures everything itself."""

    def obtain(
        self,
        kind: type[Record],
        question: Callable[[], Question],
        measure: Callable[[], Measured[Record]],
        usable: Callable[[Record], bool],
    ) -> Measured[Record]:
        """The answer, measured now."""
        return measure()

    def latest(
        self,
        kind: type[Record],
        question: Callable[[], Question],
        usable: Callable[[Record], bool],
    ) -> Measured[Record] | None:
        """None."""
        return None


NOTHING_SHARED = NothingShared()


def of_this_run(section: str) -> Sharing:
    """What a notebook of this section shares with the others of its run; nothing if it was opened on its own.

    A replay has nothing to measure, so nothing to share. A recording has everything that each notebook asks, so that it
    can be played on its own.
    """
    run, secret = os.environ.get(RUN, ""), os.environ.get(SECRET, "")
    if not run or not secret or tape.player() or tape.recorder():
        return NOTHING_SHARED
    return SharedFacts(Store(), run, secret, section)


def always(record: Build | Run) -> bool:
    """Returns True: the measurement needs nothing that may be gone."""
    return True


@dataclass(frozen=True)
class _Row:
    """A fact as it is stored."""

    question: str
    sample: int
    section: str
    measured_at: str
    lineage: str
    record: str
    mac: str = ""


class SharedFacts:
    """The facts of one run, as one of its notebooks uses them."""

    def __init__(self, store: Store, run: str, secret: str, section: str) -> None:
        self._store, self._run, self._secret, self._section = store, run, secret.encode(), section
        self._asked: Counter[str] = Counter()

    def obtain(
        self,
        kind: type[Record],
        question: Callable[[], Question],
        measure: Callable[[], Measured[Record]],
        usable: Callable[[Record], bool],
    ) -> Measured[Record]:
        """The n-th answer to the question if this notebook asks for the n-th time: so repeats really measure again.

        Waits while another process measures it. A fact counts as usable if it or a later answer is.
        """
        name = self._digest("question", question())
        sample = self._asked[name] + 1
        with self._alone(name, sample):
            rows = [row for row in self._rows(name) if row.sample >= sample]
            reason = self._refusal(kind, rows, sample, usable)
            if reason is None:
                self._count_taken_over(name, sample)
                answer = _taken_over(kind, rows[0])
            else:
                answer = _noted(measure(), reason)
                self._keep(name, sample, answer)
        self._asked[name] = sample
        return answer

    def latest(
        self, kind: type[Record], question: Callable[[], Question], usable: Callable[[Record], bool]
    ) -> Measured[Record] | None:
        """The newest answer to the question that is `usable`; None if there is none. Never measures."""
        genuine = (row for row in reversed(self._rows(self._digest("question", question()))) if self._is_genuine(row))
        facts = (_taken_over(kind, row) for row in genuine)
        return next((fact for fact in facts if usable(fact.record)), None)

    def _refusal(
        self, kind: type[Record], rows: Sequence[_Row], sample: int, usable: Callable[[Record], bool]
    ) -> str | None:
        """Why the first row is no answer, "" if there is none yet; None if it is one."""
        if not rows or rows[0].sample != sample:
            return ""
        genuine = [row for row in rows if self._is_genuine(row)]
        if rows[0] not in genuine:
            return CHANGED
        if any(usable(_taken_over(kind, row).record) for row in genuine):
            return None
        return GONE.format(number=rows[0].section[:2])

    @contextmanager
    def _alone(self, question: str, sample: int) -> Iterator[None]:
        """Holds the lock of one fact, whose file exists only meanwhile."""
        folder = locks(self._store, self._run)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{question}-{sample}.lock"
        with FileLock(path):
            try:
                yield
            finally:
                with suppress(OSError):  # Windows can't delete an open file; there, filelock deletes it on release
                    path.unlink()

    def _rows(self, question: str) -> list[_Row]:
        """The answers in the order of their samples."""
        texts = ("section", "measured_at", "lineage", "record", "mac")  # unless another program wrote them
        columns = ", ".join(["question", "sample", *(f"CAST({name} AS TEXT)" for name in texts)])
        query = f"SELECT {columns} FROM shared_facts WHERE run = ? AND question = ? ORDER BY sample"
        with self._store.open() as database:
            return [_Row(*row) for row in database.execute(query, (self._run, question))]

    def _keep(self, question: str, sample: int, answer: Measured[Record]) -> None:
        """Stores a fact, and that it was measured, in one transaction."""
        text, now = _converter.dumps(answer.record), answer.record.measured_at
        row = _Row(question, sample, self._section, now, answer.lineage, text)
        values = (self._run, question, sample, row.section, now, row.lineage, text, self._mac(row))
        with self._store.open() as database:
            database.execute("INSERT OR REPLACE INTO shared_facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            database.execute("INSERT INTO requests VALUES (?, ?, ?, ?, 1)", (self._run, row.section, question, sample))

    def _count_taken_over(self, question: str, sample: int) -> None:
        with self._store.open() as database:
            row = (self._run, self._section, question, sample)
            database.execute("INSERT INTO requests VALUES (?, ?, ?, ?, 0)", row)

    def _is_genuine(self, row: _Row) -> bool:
        """Whether a kernel of this run stored the row, and as the answer to this question."""
        return hmac.compare_digest(self._mac(row).encode(), row.mac.encode())

    def _mac(self, row: _Row) -> str:
        signed = (row.question, row.sample, row.section, row.measured_at, row.lineage, row.record)
        return self._digest("fact", signed)

    def _digest(self, purpose: str, content: object) -> str:
        """HMAC-SHA256 with the run's secret, so that no build argument can be guessed from what is stored."""
        text = json.dumps([purpose, self._run, content], sort_keys=True, separators=(",", ":"))
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


def _taken_over(kind: type[Record], row: _Row) -> Measured[Record]:
    return Measured(replace(_converter.loads(row.record, kind), measured_in=row.section), row.lineage)


def _noted(answer: Measured[Record], note: str) -> Measured[Record]:
    """The answer, with a note on why it was measured although it was known, if there is one."""
    if not note:
        return answer
    return replace(answer, record=replace(answer.record, notes=(*answer.record.notes, note)))


def locks(store: Store, run: str) -> Path:
    """The folder of a run's lock files."""
    return store.path.parent / LOCKS / run


def tally(store: Store, run: str) -> Tally:
    """How often the run's sections asked for a measurement, and what came of it."""
    counts = "COUNT(*), COALESCE(SUM(made), 0), COUNT(DISTINCT CASE WHEN made THEN question || sample END)"
    with store.open() as database:
        planned, made, distinct = database.execute(f"SELECT {counts} FROM requests WHERE run = ?", (run,)).fetchone()
    return Tally(planned=planned, distinct=distinct, made=made, shared=planned - made)


def keep_requests(store: Store, run: str, sections: Collection[str]) -> None:
    """Forgets what other sections of the run than these asked for: they are run again."""
    with store.open() as database:
        asked = {row[0] for row in database.execute("SELECT section FROM requests WHERE run = ?", (run,))}
        others = [(run, section) for section in asked - {*sections}]
        database.executemany("DELETE FROM requests WHERE run = ? AND section = ?", others)


def forget(store: Store, run: str) -> None:
    """Deletes the facts of a run that has ended, and those that killed runs left. The counts stay."""
    oldest = (datetime.now(UTC) - _KEPT).isoformat(timespec="seconds")
    with store.open() as database:
        database.execute("DELETE FROM shared_facts WHERE run = ? OR measured_at < ?", (run, oldest))
    shutil.rmtree(locks(store, run), ignore_errors=True)
    with suppress(OSError):  # another run has its locks there, or nothing was shared
        (store.path.parent / LOCKS).rmdir()
