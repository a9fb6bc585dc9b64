"""The database of measurements in the results folder; it survives killed kernels and allows concurrent notebooks."""

import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import closing, contextmanager
from pathlib import Path

from cattrs.preconf.json import make_converter

from helpers.core.errors import DiskFull, WorkbookError
from helpers.core.paths import results_folder as results_folder
from helpers.core.records import SectionRecord, Work
from helpers.engine.recording import tape

STORE = "store.sqlite3"
SCHEMA = 4  # of the tables, in SQLite's user_version; 0 in stores from before it was recorded
WAIT_SECONDS = 30  # for another notebook that is writing
_TABLES = """
CREATE TABLE IF NOT EXISTS sections (
    run TEXT NOT NULL, section TEXT NOT NULL, measured_at TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (run, section)
);
CREATE TABLE IF NOT EXISTS work (run TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS scans (
    name TEXT PRIMARY KEY, format INTEGER NOT NULL, used INTEGER NOT NULL, content BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS cache_builds (
    build TEXT PRIMARY KEY, engine TEXT NOT NULL, process INTEGER NOT NULL, process_started REAL NOT NULL,
    ended INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS cache_vertexes (
    build TEXT NOT NULL, digest TEXT NOT NULL, name TEXT NOT NULL, inputs TEXT NOT NULL, started INTEGER NOT NULL,
    completed INTEGER NOT NULL, cached INTEGER NOT NULL, failed INTEGER NOT NULL, PRIMARY KEY (build, digest)
);
CREATE TABLE IF NOT EXISTS cache_records (
    engine TEXT NOT NULL, id TEXT NOT NULL, private INTEGER NOT NULL, last_used INTEGER NOT NULL,
    process INTEGER NOT NULL, process_started REAL NOT NULL, PRIMARY KEY (engine, id)
);
CREATE TABLE IF NOT EXISTS cache_readings (engine TEXT PRIMARY KEY, newest INTEGER NOT NULL, read_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS shared_facts (
    run TEXT NOT NULL, question TEXT NOT NULL, sample INTEGER NOT NULL, section TEXT NOT NULL,
    measured_at TEXT NOT NULL, lineage TEXT NOT NULL, record TEXT NOT NULL, mac TEXT NOT NULL,
    PRIMARY KEY (run, question, sample)
);
CREATE TABLE IF NOT EXISTS requests (
    run TEXT NOT NULL, section TEXT NOT NULL, question TEXT NOT NULL, sample INTEGER NOT NULL, made INTEGER NOT NULL
);
"""
# In stores without a version (0), scans have no format, and records of other builds may be listed as ours.
_FROM_0 = "DROP TABLE IF EXISTS memory; DROP TABLE IF EXISTS cache_records;"
# Each kernel is a run of its own, unless the runner sets WORKBOOK_RUN for several kernels.
_OWN_RUN = uuid.uuid4().hex
# Older records can be read too: unknown fields are ignored, missing ones get their defaults.
_converter = make_converter()


def current_run() -> str:
    """The run that this process belongs to: the WORKBOOK_RUN variable, else a run of its own."""
    return os.environ.get("WORKBOOK_RUN") or _OWN_RUN


def unstructure(record: SectionRecord) -> dict[str, object]:
    """The record as plain dicts and lists, ready for JSON."""
    plain: dict[str, object] = _converter.unstructure(record)
    return plain


def structure(plain: object) -> SectionRecord:
    """The record from the output of `unstructure`."""
    return _converter.structure(plain, SectionRecord)


class Store:
    """The section records of all runs on this machine; other modules keep their tables in the same database."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or results_folder() / STORE

    @contextmanager
    def open(self, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """The database, in one transaction. If not `durable`, it survives a killed process but not a power failure.

        Raises WorkbookError if the file is locked, damaged or from a newer version, DiskFull if the disk is full.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=WAIT_SECONDS)) as database:
                database.execute("PRAGMA secure_delete = ON")  # step names may have contained build arguments
                if not durable:
                    database.execute("PRAGMA synchronous = OFF")
                self._migrate(database)
                with database:
                    yield database
        except sqlite3.Error as error:
            explained = _explained(error, self.path)
            if explained is None:
                raise
            raise explained from error

    def _migrate(self, database: sqlite3.Connection) -> None:
        """Migrates the tables to the current schema if necessary."""
        if _version(database) == SCHEMA:
            return
        with database:
            database.execute("BEGIN IMMEDIATE")  # if two open an old store, the second waits and has nothing to do
            found = _version(database)
            if found > SCHEMA:
                raise WorkbookError(
                    f"{self.path} was written by a newer version of the workbook (schema {found}, not {SCHEMA}).",
                    "Update this copy of the workbook, or move that file away to start a new one.",
                )
            for statement in _statements(found) if found < SCHEMA else ():
                database.execute(statement)

    def save(self, run: str, record: SectionRecord) -> None:
        """Saves the record; replaces an earlier one of the same section and run."""
        row = (run, record.section, record.measured_at, _converter.dumps(record))
        with self.open() as database:
            database.execute("INSERT OR REPLACE INTO sections VALUES (?, ?, ?, ?)", row)

    def of_run(self, run: str) -> list[SectionRecord]:
        """The records of a run, in the order of the course."""
        with self.open() as database:
            rows = database.execute("SELECT record FROM sections WHERE run = ? ORDER BY section", (run,)).fetchall()
        return [_converter.loads(row[0], SectionRecord) for row in rows]

    def all(self) -> list[tuple[str, SectionRecord]]:
        """Every record with its run's name, in the order they were saved."""
        with self.open() as database:
            rows = database.execute("SELECT run, record FROM sections ORDER BY rowid").fetchall()
        return [(run, _converter.loads(record, SectionRecord)) for run, record in rows]

    def latest(self) -> dict[str, SectionRecord]:
        """Each section's newest record on this machine, by section."""
        newest = "SELECT section, record, MAX(rowid) FROM sections GROUP BY section ORDER BY section"
        with self.open() as database:
            return {row[0]: _converter.loads(row[1], SectionRecord) for row in database.execute(newest)}

    def add_work(self, run: str, work: Work) -> None:
        """Adds a piece of the engine's work to that run."""
        with self.open() as database:
            database.execute("INSERT INTO work VALUES (?, ?, ?, ?)", (run, work.kind, work.name, work.seconds))

    def work_of(self, run: str) -> list[Work]:
        """The engine's work for that run, in the order it finished."""
        with self.open() as database:
            rows = database.execute("SELECT kind, name, seconds FROM work WHERE run = ? ORDER BY rowid", (run,))
            return [Work(*row) for row in rows]

    def keep_work(self, run: str, count: int) -> None:
        """Deletes all but the first `count` pieces of the engine's work for that run."""
        first = "SELECT rowid FROM work WHERE run = ? ORDER BY rowid LIMIT ?"
        with self.open() as database:
            database.execute(f"DELETE FROM work WHERE run = ? AND rowid NOT IN ({first})", (run, run, count))


def _statements(found: int) -> list[str]:
    """The statements that bring the tables from a schema to the current one."""
    return f"{'' if found else _FROM_0}{_TABLES}PRAGMA user_version = {SCHEMA};".split(";")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _explained(error: sqlite3.Error, path: Path) -> WorkbookError | None:
    """The error, with a hint, for a problem with the file; None for any other error."""
    message = str(error)
    if "locked" in message:
        return WorkbookError(
            f"{path} has been locked by another process for {WAIT_SECONDS} s.",
            "Wait until the other notebook or run has finished, then run this again.",
        )
    if "full" in message:
        return DiskFull(f"No space left for {path}: {message}.", "Free some disk space, then run this again.")
    if "readonly" in message or "unable to open" in message:
        return WorkbookError(f"{path} can't be written: {message}.", "Check who owns it and its folder.")
    if "malformed" not in message and "not a database" not in message and "disk I/O" not in message:
        return None
    return WorkbookError(
        f"{path} is damaged: {message}. It contains earlier measurements; finished results next to it aren't affected.",
        f"Move it away, and a new one is created: mv '{path}' '{path}.damaged'",
    )


FORMAT = 2  # of the bytes that image_scan stores: increase it when they change
_DAY = 86_400  # seconds
KEPT_SECONDS = 60 * _DAY  # since last use
KEPT_BYTES = 512_000_000


class ScanCache(MutableMapping[str, bytes]):
    """Scan results by a name that identifies their content; entries in another format count as missing.

    `hide` masks secrets before they are stored.
    """

    def __init__(self, store: Store | None = None, hide: Callable[[str], str] = str) -> None:
        self._store, self._hide = store or Store(), hide
        self.written = 0  # entries, through this object: none if everything was found

    def __getitem__(self, name: str) -> bytes:
        content = self._stored(name)
        if recorder := tape.recorder():
            recorder.add_scan(name, content)
        return content

    def _stored(self, name: str) -> bytes:
        if player := tape.player():
            if (content := player.archive.scan(name)) is None:
                raise KeyError(name)
            return content
        now = int(time.time())
        with self._store.open() as database:
            found = "SELECT content, used FROM scans WHERE name = ? AND format = ?"
            row = database.execute(found, (name, FORMAT)).fetchone()
            if row and now - row[1] > _DAY:  # one update a day is enough to know which entries are in use
                database.execute("UPDATE scans SET used = ? WHERE name = ?", (now, name))
        if row is None:
            raise KeyError(name)
        return bytes(row[0])

    def __setitem__(self, name: str, content: bytes) -> None:
        if content.startswith(b"{"):  # only JSON contains text from an image; the rest is numbers or compressed
            content = self._hide(content.decode()).encode()
        with self._store.open() as database:
            row = (name, FORMAT, int(time.time()), content)
            database.execute("INSERT OR REPLACE INTO scans VALUES (?, ?, ?, ?)", row)
        self.written += 1

    def __delitem__(self, name: str) -> None:
        with self._store.open() as database:
            if not database.execute("DELETE FROM scans WHERE name = ?", (name,)).rowcount:
                raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        with self._store.open() as database:
            rows = database.execute("SELECT name FROM scans WHERE format = ? ORDER BY name", (FORMAT,))
            return iter([row[0] for row in rows])

    def __len__(self) -> int:
        with self._store.open() as database:
            return int(database.execute("SELECT COUNT(*) FROM scans WHERE format = ?", (FORMAT,)).fetchone()[0])

    def prune(self, seconds: int = KEPT_SECONDS, size: int = KEPT_BYTES) -> None:
        """Deletes entries in another format or unused for `seconds`, and the oldest by use beyond `size` bytes."""
        newest_first = "SELECT name, SUM(LENGTH(content)) OVER (ORDER BY used DESC, name) AS bytes FROM scans"
        with self._store.open() as database:
            database.execute("DELETE FROM scans WHERE format != ? OR used < ?", (FORMAT, int(time.time()) - seconds))
            database.execute(
                f"DELETE FROM scans WHERE name IN (SELECT name FROM ({newest_first}) WHERE bytes > ?)", (size,)
            )
