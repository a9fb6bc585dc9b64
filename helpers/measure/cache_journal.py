"""A journal of the build cache records that our builds create, so that they can be removed by ID.

A cold build uses nothing from the cache but adds a few hundred megabytes to it each time. The journal is on disk and is
written while a build runs, so that the next run or `clean` finds what a killed kernel left behind. Other builds may use
the engine at the same time; `cache_attribution` has the rules for which records count as ours.

To list the records of a full cache takes the engine as long as an unchanged build, so a build seldom waits for that:
the list is read before a build if the last reading is a minute old, and before a cleanup.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from time import time

import docker
import psutil  # type: ignore[import-untyped]
from buildkit_session import Event, VertexFinished, VertexStarted
from buildkit_session import Vertex as Reported

from helpers.core.errors import WorkbookError
from helpers.core.masking import secret_build_args
from helpers.core.names import PREFIX
from helpers.core.records import Build
from helpers.engine import building
from helpers.engine.build_cache import CacheRecord, cache_records, free_to_go, remove_cache_records, settled_records
from helpers.engine.build_progress import Listener, OnEvent, silent, unheard
from helpers.engine.cache_attribution import Vertex, attributed, is_private, others_at_work
from helpers.engine.context_digest import ListedContext
from helpers.engine.recording import played, through, unrecorded
from helpers.engine.request import Request
from helpers.measure.store import Store

_FRESH_SECONDS = 60  # for which a reading of the engine's records is good enough
_UPSERT_VERTEX = """INSERT INTO cache_vertexes VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (build, digest) DO UPDATE SET
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
    """Runs `building.build`, digests its context, and records in the journal what it adds to the build cache.

    An extra host with a name of our own makes the cache keys of RUN unique to this checkout: other builds never reuse
    our results or we theirs, and BuildKit doesn't merge two that run at once. Raises what `building.build` raises.
    """
    context = ListedContext.of(request.context)
    hosts = {**request.extra_hosts, f"{owner()}.invalid": "127.0.0.1"}
    ours = replace(request, context=context, extra_hosts=hosts)
    resolved = bool(secret_build_args(building.users_build_args(request)))
    with nullcontext(unheard) if played() else recording(client, resolved) as on_event:  # a replay leaves nothing
        built = building.build(client, ours, scenario=scenario, file=file, listener=listener, on_event=on_event)
    digest = through("context", f"{scenario} {file}", context.digest, str | None)  # after the measured seconds
    return replace(built, input=built.input and replace(built.input, context_digest=digest))


@lru_cache
def owner() -> str:
    """An anonymous name for this checkout and user account: a hash of both."""
    place = f"{Path(__file__).resolve().parents[2]}\n{os.getuid() if hasattr(os, 'getuid') else os.getlogin()}"
    return f"{PREFIX}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


@contextmanager
def recording(client: docker.DockerClient, resolved: bool = False) -> Iterator[OnEvent]:
    """Yields a callback that records one build's vertexes.

    With `resolved`, their records are found at its end and no step name stays on disk: it may contain a secret.
    """
    journal, name = _Journal(Store(), _engine(client)), uuid.uuid4().hex
    if journal.is_due():  # must come first: this build updates the times by which use by others is noticed
        _resolve(client, journal)
    journal.begin(name)
    notes = _Notes(journal, name)
    try:
        yield notes
    finally:
        with suppress(WorkbookError):  # don't hide an error from the block; the journal is kept
            notes.write()
            journal.end(name)
            if resolved:
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


def sweep(client: docker.DockerClient) -> int:
    """Removes our builds' cache records, except those of kernels that are still running; returns the bytes freed.

    What can't be removed now stays in the journal. Raises WorkbookError.
    """
    journal = _Journal(Store(), _engine(client))
    freed = remove_cache_records(client, (record.id for record in _removable(client, journal)))
    journal.forget_all_but(cache_records(client))
    return freed


def removable(client: docker.DockerClient) -> list[CacheRecord]:
    """The cache records that `sweep` would remove now. Raises WorkbookError."""
    return _removable(client, _Journal(Store(), _engine(client)))


def adopt(leaving: Store) -> None:
    """Copies the journal of a store that is about to be deleted into ours."""
    tables = ("cache_builds", "cache_vertexes", "cache_records")
    with leaving.open() as database:
        rows = {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    with Store().open() as database:
        for table, found in rows.items():
            for row in found:
                database.execute(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def _removable(client: docker.DockerClient, journal: "_Journal") -> list[CacheRecord]:
    """Our records that no other build uses or depends on, and that no running kernel may still need."""
    records = _resolve(client, journal)
    return [records[identity] for identity in sorted(free_to_go(journal.removable(), records))]


def _resolve(client: docker.DockerClient, journal: "_Journal") -> dict[str, CacheRecord]:
    """Finds the cache records of builds that have ended, and replaces their journal entries with them.

    A record that other builds may share counts as ours only if none of them ran since the first of these builds. It
    stays ours only if none may have used it since the last reading. Returns the engine's records.
    """
    ended, vertexes, known = journal.ended(), journal.vertexes(), journal.known()
    since = min((each.started for each in vertexes if each.build in ended and each.started), default=0)
    with unrecorded():
        records = settled_records(client, since) if since else cache_records(client)
    builds = attributed(vertexes, records, known, ended)
    ours = known | builds.keys()
    alone = not others_at_work(records, ours, since)
    if since and not others_at_work(records, ours, min(since, journal.newest_read() + 1)):
        journal.used(record for record in records.values() if record.last_used >= since)
    journal.forget_used_by_others(records)
    found = {identity for identity, creators in builds.items() if creators <= ended}
    private = {identity for identity in found if is_private(records[identity], records, ours)}
    journal.close(ended, [records[identity] for identity in (found if alone else private)], private)
    journal.has_read(records)
    return records


class _Journal:
    """The part of the store that covers one engine's build cache."""

    def __init__(self, store: Store, engine: str) -> None:
        self._store, self._engine = store, engine

    def is_due(self) -> bool:
        """Whether there is something to find, and the engine's records were not read within the last minute."""
        age = time() - self._reading()[1]
        return not 0 <= age <= _FRESH_SECONDS and bool(self.known() or self.ended())

    def newest_read(self) -> int:
        """The latest creation or use of a record when they were last read (nanoseconds, engine's clock); 0 if never."""
        return self._reading()[0]

    def has_read(self, records: Mapping[str, CacheRecord]) -> None:
        """Records that the engine's records have just been read."""
        newest = max((max(each.created, each.last_used) for each in records.values()), default=0)
        with self._store.open(durable=False) as database:
            database.execute("INSERT OR REPLACE INTO cache_readings VALUES (?, ?, ?)", (self._engine, newest, time()))

    def _reading(self) -> tuple[int, float]:
        with self._store.open() as database:
            query = "SELECT newest, read_at FROM cache_readings WHERE engine = ?"
            newest, read_at = database.execute(query, (self._engine,)).fetchone() or (0, 0.0)
        return newest, read_at

    def begin(self, name: str) -> None:
        """Records that a build is about to start in this process."""
        with self._store.open(durable=False) as database:
            database.execute("INSERT INTO cache_builds VALUES (?, ?, ?, ?, 0)", (name, self._engine, *_this_process()))

    def add(self, name: str, vertexes: Iterable[Reported]) -> None:
        """Records vertexes with the state that the engine has reported."""
        rows = [(name, *_row(vertex)) for vertex in vertexes]
        with self._store.open(durable=False) as database:
            database.executemany(_UPSERT_VERTEX, rows)

    def end(self, name: str) -> None:
        """Records that the build has ended, successfully or not."""
        with self._store.open(durable=False) as database:
            database.execute("UPDATE cache_builds SET ended = 1 WHERE build = ?", (name,))

    def ended(self) -> set[str]:
        """The builds on this engine that have ended: those of this process, and those of processes that have."""
        builds = "SELECT build, ended, process, process_started FROM cache_builds WHERE engine = ?"
        with self._store.open() as database:
            rows = database.execute(builds, (self._engine,)).fetchall()
        return {
            build
            for build, ended, *process in rows
            if (ended if tuple(process) == _this_process() else not _is_running(*process))
        }

    def vertexes(self) -> list[Vertex]:
        """The vertexes of all builds on this engine that are still in the journal."""
        columns = "build, digest, name, inputs, started, completed, cached, failed"
        query = f"SELECT {columns} FROM cache_vertexes JOIN cache_builds USING (build) WHERE engine = ?"
        with self._store.open() as database:
            rows = database.execute(query, (self._engine,)).fetchall()
        return [
            Vertex(build, digest, name, tuple(json.loads(inputs)), started, completed, bool(cached), bool(failed))
            for build, digest, name, inputs, started, completed, cached, failed in rows
        ]

    def close(self, builds: Iterable[str], records: Iterable[CacheRecord], private: Collection[str]) -> None:
        """Replaces the entries of these builds with the cache records that they created."""
        rows = [(self._engine, each.id, each.id in private, each.last_used, *_this_process()) for each in records]
        names = [(name,) for name in builds]
        with self._store.open() as database:
            database.executemany("INSERT OR IGNORE INTO cache_records VALUES (?, ?, ?, ?, ?, ?)", rows)
            database.executemany("DELETE FROM cache_vertexes WHERE build = ?", names)
            database.executemany("DELETE FROM cache_builds WHERE build = ?", names)

    def used(self, records: Iterable[CacheRecord]) -> None:
        """Updates the time of last use for those of these records that are ours."""
        rows = [(each.last_used, self._engine, each.id) for each in records]
        with self._store.open() as database:
            database.executemany("UPDATE cache_records SET last_used = ? WHERE engine = ? AND id = ?", rows)

    def known(self) -> set[str]:
        """The IDs of our records."""
        with self._store.open() as database:
            rows = database.execute("SELECT id FROM cache_records WHERE engine = ?", (self._engine,))
            return {row[0] for row in rows}

    def removable(self) -> set[str]:
        """The IDs of our records, except those of other processes that are still running."""
        query = "SELECT id, process, process_started FROM cache_records WHERE engine = ? "
        with self._store.open() as database:
            rows = database.execute(query, (self._engine,)).fetchall()
        busy = {
            process for process in {row[1:] for row in rows} if process != _this_process() and _is_running(*process)
        }
        return {row[0] for row in rows if row[1:] not in busy}

    def forget_used_by_others(self, records: Mapping[str, CacheRecord]) -> None:
        """Forgets shared records that another build has used since: they are no longer ours to remove."""
        used = [(self._engine, each.id, each.last_used) for each in records.values()]
        statement = "DELETE FROM cache_records WHERE engine = ? AND id = ? AND NOT private AND last_used != ?"
        with self._store.open() as database:
            database.executemany(statement, used)

    def forget_all_but(self, records: Collection[str]) -> None:
        """Forgets records that the engine no longer has."""
        gone = [(self._engine, identity) for identity in self.known() - set(records)]
        with self._store.open() as database:
            database.executemany("DELETE FROM cache_records WHERE engine = ? AND id = ?", gone)


def _row(vertex: Reported) -> tuple[str, str, str, int, int, bool, bool]:
    inputs, times = json.dumps(vertex.inputs), (vertex.started or 0, vertex.completed or 0)
    return vertex.digest, vertex.name, inputs, *times, vertex.cached, bool(vertex.error)


@lru_cache
def _this_process() -> tuple[int, float]:
    """This process's PID and start time; the system reuses PIDs."""
    return os.getpid(), psutil.Process().create_time()


def _is_running(process: int, started: float) -> bool:
    try:
        return bool(psutil.Process(process).create_time() == started)
    except psutil.Error:
        return False


@lru_cache
def _engine(client: docker.DockerClient) -> str:
    """The engine's ID; cache records belong to one engine."""
    return str(client.info()["ID"])
