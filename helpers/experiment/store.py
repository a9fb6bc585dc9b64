"""Where measurements are kept: a database in the results folder, safe against killed kernels and several at once."""

import json
import os
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import cattrs

from helpers.records import SectionRecord, Work

STORE = "store.sqlite3"
_WAIT_SECONDS = 30  # for another notebook that is just writing
_TABLES = """
CREATE TABLE IF NOT EXISTS sections (
    run TEXT NOT NULL, section TEXT NOT NULL, measured_at TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (run, section)
);
CREATE TABLE IF NOT EXISTS work (run TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS cache_records (id TEXT PRIMARY KEY, engine TEXT NOT NULL, process INTEGER NOT NULL);
"""
# One kernel is one run, unless the runner has named a run that several kernels belong to.
_OWN_RUN = uuid.uuid4().hex
# Records of an older form are read too: what it had more is left out, what it lacks has its default.
_converter = cattrs.Converter(forbid_extra_keys=False)


def results_folder() -> Path:
    """Where results go: the environment's WORKBOOK_RESULTS, else results/ in the project."""
    return Path(os.environ.get("WORKBOOK_RESULTS") or Path(__file__).resolve().parents[2] / "results")


def current_run() -> str:
    """The run that this process measures for: the environment's WORKBOOK_RUN, else one of its own."""
    return os.environ.get("WORKBOOK_RUN") or _OWN_RUN


def unstructure(record: SectionRecord) -> dict[str, object]:
    """The record as JSON has it."""
    plain: dict[str, object] = _converter.unstructure(record)
    return plain


def structure(plain: object) -> SectionRecord:
    """The record that `unstructure` was given."""
    return _converter.structure(plain, SectionRecord)


class Store:
    """The section records of all runs on this machine, and which cache records those runs left on the engine."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or results_folder() / STORE

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """The database, in one transaction."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS)) as database:
            database.executescript(_TABLES)
            with database:
                yield database

    def save(self, run: str, record: SectionRecord) -> None:
        """Keeps the record, in place of an earlier one of the same section and run."""
        row = (run, record.section, record.measured_at, json.dumps(unstructure(record)))
        with self.open() as database:
            database.execute("INSERT OR REPLACE INTO sections VALUES (?, ?, ?, ?)", row)

    def of_run(self, run: str) -> list[SectionRecord]:
        """What a run measured, in the course's order."""
        with self.open() as database:
            rows = database.execute("SELECT record FROM sections WHERE run = ? ORDER BY section", (run,)).fetchall()
        return [structure(json.loads(row[0])) for row in rows]

    def all(self) -> list[tuple[str, SectionRecord]]:
        """Every record of every run, each with the run's name, in the order in which they were first saved."""
        with self.open() as database:
            rows = database.execute("SELECT run, record FROM sections ORDER BY rowid").fetchall()
        return [(run, structure(json.loads(record))) for run, record in rows]

    def latest(self) -> dict[str, SectionRecord]:
        """Each section's newest record on this machine, by section."""
        newest = "SELECT section, record, MAX(rowid) FROM sections GROUP BY section ORDER BY section"
        with self.open() as database:
            return {row[0]: structure(json.loads(row[1])) for row in database.execute(newest)}

    def add_work(self, run: str, work: Work) -> None:
        """Enters a piece of the engine's work for that run."""
        with self.open() as database:
            database.execute("INSERT INTO work VALUES (?, ?, ?, ?)", (run, work.kind, work.name, work.seconds))

    def work_of(self, run: str) -> list[Work]:
        """What the engine did for that run, in the order in which it ended."""
        with self.open() as database:
            rows = database.execute("SELECT kind, name, seconds FROM work WHERE run = ? ORDER BY rowid", (run,))
            return [Work(*row) for row in rows]

    def add_cache_records(self, engine: str, ids: Iterable[str]) -> None:
        """Notes what a build of ours left in the engine's build cache."""
        with self.open() as database:
            rows = [(identity, engine, os.getpid()) for identity in ids]
            database.executemany("INSERT OR IGNORE INTO cache_records VALUES (?, ?, ?)", rows)

    def cache_records(self, engine: str) -> list[str]:
        """What builds of ours left in that engine's build cache and nobody has removed yet."""
        with self.open() as database:
            return [row[0] for row in database.execute("SELECT id FROM cache_records WHERE engine = ?", (engine,))]

    def engines(self) -> list[str]:
        """The engines on which something was noted that nobody has removed yet."""
        with self.open() as database:
            return [row[0] for row in database.execute("SELECT DISTINCT engine FROM cache_records ORDER BY engine")]

    def forget_cache_records(self, engine: str) -> None:
        """They are removed."""
        with self.open() as database:
            database.execute("DELETE FROM cache_records WHERE engine = ?", (engine,))
