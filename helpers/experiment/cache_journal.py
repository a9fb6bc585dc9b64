"""What our builds leave in the engine's build cache: written down while they run, removed by its IDs at the end.

A cold build takes nothing from the cache and still adds to it, some hundred megabytes each time. The journal is on disk
and grows with the build's trace, so that what a killed kernel left behind is found by the next run or by `clean`.
Builds of others go on beside ours: `cache_attribution` has the rules by which a record counts as ours.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import docker
import psutil  # type: ignore[import-untyped]
from buildkit_session import Event, VertexFinished, VertexStarted
from buildkit_session import Vertex as Reported

from helpers.engine import building
from helpers.engine.build_cache import CacheRecord, cache_records, free_to_go, remove_cache_records, settled_records
from helpers.engine.build_progress import Listener, OnEvent, silent
from helpers.engine.cache_attribution import Vertex, attributed, is_private, others_at_work
from helpers.engine.names import PREFIX
from helpers.engine.request import Request
from helpers.experiment.store import Store
from helpers.records import Build
from helpers.records.errors import WorkbookError

_NOTE = """INSERT INTO cache_vertexes VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (build, digest) DO UPDATE SET
started = CASE WHEN started = 0 THEN excluded.started ELSE MIN(started, excluded.started) END,
completed = MAX(completed, excluded.completed), cached = excluded.cached, failed = excluded.failed"""


def build(
    client: docker.DockerClient,
    request: Request,
    *,
    scenario: str,
    file: str = "Dockerfile",
    listener: Listener = silent,
) -> Build:
    """The build's record, as `building.build` has it, with what it adds to the build cache written down.

    The name of an extra host makes the cache keys of RUN this checkout's own: its results never serve a build of
    somebody else, nor theirs one of ours, and two that run at once are not merged into one.
    Raises what `building.build` raises.
    """
    ours = replace(request, extra_hosts={**request.extra_hosts, f"{owner()}.invalid": "127.0.0.1"})
    with recording(client) as on_event:
        return building.build(client, ours, scenario=scenario, file=file, listener=listener, on_event=on_event)


@lru_cache
def owner() -> str:
    """A name for this checkout and account that says nothing of either."""
    place = f"{Path(__file__).resolve().parents[2]}\n{os.getuid() if hasattr(os, 'getuid') else os.getlogin()}"
    return f"{PREFIX}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


@contextmanager
def recording(client: docker.DockerClient, store: Store | None = None) -> Iterator[OnEvent]:
    """What writes down the vertexes of one build as they are reported; at its end the records are found."""
    journal, name = _Journal(store or Store(), _engine(client)), uuid.uuid4().hex
    if journal.known():  # what others have used since our last build must be seen before this one uses it again
        journal.forget_used_by_others(cache_records(client))
    journal.begin(name)
    notes = _Notes(journal, name)
    try:
        yield notes
    finally:
        with suppress(WorkbookError):  # what went wrong inside is what the reader must hear of; the journal stays
            notes.write()
            journal.end(name)
            _resolve(client, journal)


class _Notes:
    """Called with each event of a build, it writes down the steps that leave something in the cache, before they do.

    What was cached has left nothing and can wait for the next step that runs: an unchanged build writes once.
    """

    def __init__(self, journal: "_Journal", name: str) -> None:
        self._journal, self._name = journal, name
        self._waiting: list[Reported] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, VertexStarted | VertexFinished):
            self._waiting.append(event.vertex)
            if not event.vertex.cached:
                self.write()

    def write(self) -> None:
        """Writes down all that waits."""
        if self._waiting:
            self._journal.add(self._name, self._waiting)
            self._waiting = []


def sweep(client: docker.DockerClient, store: Store | None = None) -> int:
    """Removes the records of our builds, but for those of kernels that are still at work; the bytes that this freed.

    What cannot be removed now stays in the journal. Raises WorkbookError.
    """
    journal = _Journal(store or Store(), _engine(client))
    freed = remove_cache_records(client, (record.id for record in _removable(client, journal)))
    journal.forget_all_but(cache_records(client))
    return freed


def removable(client: docker.DockerClient) -> list[CacheRecord]:
    """The records that `sweep` would remove now.

    Raises WorkbookError.
    """
    return _removable(client, _Journal(Store(), _engine(client)))


def adopt(leaving: Store) -> None:
    """Takes over the journal of a store that is about to go."""
    tables = ("cache_builds", "cache_vertexes", "cache_records")
    with leaving.open() as theirs:
        rows = {table: theirs.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    with Store().open() as database:
        for table, found in rows.items():
            for row in found:
                database.execute(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def _removable(client: docker.DockerClient, journal: "_Journal") -> list[CacheRecord]:
    """Our records that nobody else uses or has built on, and that no kernel at work may still need."""
    _resolve(client, journal)
    records = cache_records(client)
    journal.forget_used_by_others(records)
    return [records[identity] for identity in sorted(free_to_go(journal.removable(), records))]


def _resolve(client: docker.DockerClient, journal: "_Journal") -> None:
    """Finds the records of builds that have ended, and closes their part of the journal.

    A record that others may share is ours only if none of them was at work meanwhile.
    """
    ended = journal.ended()
    if not ended:
        return
    vertexes = journal.vertexes()
    since = min((each.started for each in vertexes if each.build in ended and each.started), default=0)
    records = settled_records(client, since)
    known = journal.known()
    found = attributed(vertexes, records, known, ended)
    alone = not others_at_work(records, known | found, since)
    private = {identity for identity in found if is_private(records[identity], records, known | found)}
    journal.close(ended, [records[identity] for identity in (found if alone else private)], private)
    if alone:
        journal.used(record for record in records.values() if record.last_used >= since)


class _Journal:
    """The part of the store that is about the build cache of one engine."""

    def __init__(self, store: Store, engine: str) -> None:
        self._store, self._engine = store, engine

    def begin(self, name: str) -> None:
        """A build is about to start in this process."""
        with self._store.open(durable=False) as database:
            database.execute("INSERT INTO cache_builds VALUES (?, ?, ?, ?, 0)", (name, self._engine, *_this_process()))

    def add(self, name: str, vertexes: Iterable[Reported]) -> None:
        """The engine has reported these, each as it is now."""
        rows = [(name, *_row(vertex)) for vertex in vertexes]
        with self._store.open(durable=False) as database:
            database.executemany(_NOTE, rows)

    def end(self, name: str) -> None:
        """The build has ended, one way or the other."""
        with self._store.open(durable=False) as database:
            database.execute("UPDATE cache_builds SET ended = 1 WHERE build = ?", (name,))

    def ended(self) -> set[str]:
        """The builds on this engine that have ended, those of killed processes among them."""
        builds = "SELECT build, ended, process, process_started FROM cache_builds WHERE engine = ?"
        with self._store.open() as database:
            rows = database.execute(builds, (self._engine,)).fetchall()
        return {build for build, ended, *process in rows if ended or not _is_running(*process)}

    def vertexes(self) -> list[Vertex]:
        """What was reported of all builds on this engine that are still in the journal."""
        columns = "build, digest, name, inputs, started, completed, cached, failed"
        noted = f"SELECT {columns} FROM cache_vertexes JOIN cache_builds USING (build) WHERE engine = ?"
        with self._store.open() as database:
            rows = database.execute(noted, (self._engine,)).fetchall()
        return [
            Vertex(build, digest, name, tuple(json.loads(inputs)), started, completed, bool(cached), bool(failed))
            for build, digest, name, inputs, started, completed, cached, failed in rows
        ]

    def close(self, builds: Iterable[str], records: Iterable[CacheRecord], private: Collection[str]) -> None:
        """These builds made these records; nothing more is to be found of them."""
        rows = [(self._engine, each.id, each.id in private, each.last_used, *_this_process()) for each in records]
        names = [(name,) for name in builds]
        with self._store.open() as database:
            database.executemany("INSERT OR IGNORE INTO cache_records VALUES (?, ?, ?, ?, ?, ?)", rows)
            database.executemany("DELETE FROM cache_vertexes WHERE build = ?", names)
            database.executemany("DELETE FROM cache_builds WHERE build = ?", names)

    def used(self, records: Iterable[CacheRecord]) -> None:
        """These were last used by us, as far as they are ours."""
        rows = [(each.last_used, self._engine, each.id) for each in records]
        with self._store.open() as database:
            database.executemany("UPDATE cache_records SET last_used = ? WHERE engine = ? AND id = ?", rows)

    def known(self) -> set[str]:
        """The IDs of our records."""
        with self._store.open() as database:
            rows = database.execute("SELECT id FROM cache_records WHERE engine = ?", (self._engine,))
            return {row[0] for row in rows}

    def removable(self) -> set[str]:
        """The IDs of our records, without those of other processes that are still running."""
        noted = "SELECT id, process, process_started FROM cache_records WHERE engine = ? "
        with self._store.open() as database:
            rows = database.execute(noted, (self._engine,)).fetchall()
        busy = {
            process for process in {row[1:] for row in rows} if process != _this_process() and _is_running(*process)
        }
        return {row[0] for row in rows if row[1:] not in busy}

    def forget_used_by_others(self, records: Mapping[str, CacheRecord]) -> None:
        """Somebody else's build has used what we did not keep to ourselves: now it is theirs too, and stays."""
        used = [(self._engine, each.id, each.last_used) for each in records.values()]
        theirs = "DELETE FROM cache_records WHERE engine = ? AND id = ? AND NOT private AND last_used != ?"
        with self._store.open() as database:
            database.executemany(theirs, used)

    def forget_all_but(self, records: Collection[str]) -> None:
        """The engine has no others any more."""
        gone = [(self._engine, identity) for identity in self.known() - set(records)]
        with self._store.open() as database:
            database.executemany("DELETE FROM cache_records WHERE engine = ? AND id = ?", gone)


def _row(vertex: Reported) -> tuple[str, str, str, int, int, bool, bool]:
    inputs, times = json.dumps(vertex.inputs), (vertex.started or 0, vertex.completed or 0)
    return vertex.digest, vertex.name, inputs, *times, vertex.cached, bool(vertex.error)


@lru_cache
def _this_process() -> tuple[int, float]:
    """Number and start, since a system gives numbers again."""
    return os.getpid(), psutil.Process().create_time()


def _is_running(process: int, started: float) -> bool:
    try:
        return bool(psutil.Process(process).create_time() == started)
    except psutil.Error:
        return False


@lru_cache
def _engine(client: docker.DockerClient) -> str:
    """The engine's own identity: records of one mean nothing to another."""
    return str(client.info()["ID"])
