"""The store reads back what was saved, also with concurrent writers and older formats."""

import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.core.errors import DiskFull, EngineStopped, WorkbookError
from helpers.core.records import (
    BaseImage,
    Build,
    BuildInput,
    Check,
    Contents,
    Engine,
    Health,
    Image,
    Instruction,
    Kind,
    Layer,
    Machine,
    Measurement,
    Package,
    Packages,
    Process,
    Run,
    SectionRecord,
    Shutdown,
    Tally,
    Work,
)
from helpers.measure import store as stores
from helpers.measure.experiment import timed
from helpers.measure.shared_facts import Measured, SharedFacts, always, tally
from helpers.measure.store import SCHEMA, Store, current_run, results_folder, structure, unstructure


def record(section: str = "04-copy-go-mod-first", measured_at: str = "2026-01-01T00:00:00+00:00") -> SectionRecord:
    """A record with every field set."""
    image = Image("sha256:1", 10, 11, None, (Layer("RUN a", 10, "sha256:2"),), "amd64", "1001", {"A": "b"}, {"l": "m"})
    step = Instruction("[1/2] RUN a", "sha256:3", ("sha256:4",), False, 0.0, 1.5, "log\n")
    built = BuildInput(
        "d/01", "FROM a", "sha256:6", "sha256:7", {"A": "b"}, "stage", {"a": "a@sha256:8"}, "linux/amd64"
    )
    build = Build("cold", 2.0, "sha256:1", (step,), (), 100, ("careful",), True, "docker build .", measured_at, built)
    run = Run(Health(200, 0.2, "{}"), "log", Process(0, 0, ("CAP_CHOWN",)), Shutdown(0.1, 0, True))
    packages = Packages({"deb": 1}, (Package("bash", "5.1-2", "deb"),))
    return SectionRecord(
        section,
        measured_at,
        Machine("Debian, 2 cores, 24 GB", "Debian", "amd64", 2, 24_000_000_000),
        Engine("unix:///var/run/docker.sock", "28.5.2", "overlay2", "amd64"),
        (BaseImage("golang", "golang@sha256:5", "stand-in"),),
        Measurement(section, image, Contents(1, 10, 1), run, {"cold": build}, {"cold": (2.0, 3.0)}, packages),
        (Measurement("variant"),),
        (Check("It holds.", True),),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A new, empty store."""
    return Store(tmp_path / "deep" / "store.sqlite3")


def test_a_record_is_read_back_unchanged(store: Store) -> None:
    store.save("run", record())
    assert store.of_run("run") == [record()]


def test_it_survives_json() -> None:
    assert structure(json.loads(json.dumps(unstructure(record())))) == record()


def test_a_record_in_an_older_format_is_read(store: Store) -> None:
    plain = unstructure(record())
    plain["measurement"] = {"name": "04-copy-go-mod-first", "forgotten": 1}
    del plain["variants"], plain["checks"]
    read = structure(plain)
    assert read.measurement == Measurement("04-copy-go-mod-first") and read.checks == ()


def test_a_build_from_before_its_input_was_recorded_is_read() -> None:
    plain = json.loads(json.dumps(unstructure(record())))
    del plain["measurement"]["builds"]["cold"]["input"]
    assert structure(plain).measurement.builds["cold"] == replace(record().measurement.builds["cold"], input=None)


def test_saving_again_replaces_the_record_of_that_run(store: Store) -> None:
    store.save("run", record())
    store.save("run", record(measured_at="2026-02-01T00:00:00+00:00"))
    assert [kept.measured_at for kept in store.of_run("run")] == ["2026-02-01T00:00:00+00:00"]


def test_the_latest_is_the_one_saved_last(store: Store) -> None:
    store.save("one", record(measured_at="2026-01-01T00:00:00+00:00"))
    store.save("two", record(measured_at="2026-01-02T00:00:00+00:00"))
    store.save("one", record("05-separate-stages"))
    latest = store.latest()
    assert list(latest) == ["04-copy-go-mod-first", "05-separate-stages"]
    assert latest["04-copy-go-mod-first"].measured_at == "2026-01-02T00:00:00+00:00"


def test_several_can_write_at_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.save(f"run {number}", record()), range(40)))
    assert all(len(store.of_run(f"run {number}")) == 1 for number in range(40))


def test_a_process_that_is_killed_while_writing_leaves_a_readable_store(store: Store, tmp_path: Path) -> None:
    store.save("before", record())
    code = (
        "import os, sqlite3, sys; d = sqlite3.connect(sys.argv[1], isolation_level=None); d.execute('BEGIN IMMEDIATE');"
    )
    code += " d.execute('DELETE FROM sections'); os._exit(9)"
    path = tmp_path / "deep" / "store.sqlite3"
    assert subprocess.run([sys.executable, "-c", code, path], check=False, timeout=60).returncode == 9
    assert store.of_run("before") == [record()]
    store.save("after", record())


def test_work_is_kept_by_run_in_the_order_it_was_done(store: Store) -> None:
    first, second = Work(Kind.BUILD, "04-copy-go-mod-first", 12.5), Work(Kind.CONTAINER, "04-copy-go-mod-first", 1.25)
    store.add_work("run", first)
    store.add_work("run", second)
    store.add_work("other", first)
    assert store.work_of("run") == [first, second]


def test_a_failure_is_timed_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    with pytest.raises(EngineStopped), timed(Kind.BUILD, "04-copy-go-mod-first"):
        raise EngineStopped("It went away.")
    (work,) = Store().work_of(current_run())
    assert (work.kind, work.name) == (Kind.BUILD, "04-copy-go-mod-first") and work.seconds >= 0


def test_the_environment_sets_the_results_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    assert results_folder() == tmp_path
    monkeypatch.delenv("WORKBOOK_RESULTS")
    assert results_folder().name == "results"


OLD_STORE = """
CREATE TABLE sections (run TEXT, section TEXT, measured_at TEXT, record TEXT, PRIMARY KEY (run, section));
CREATE TABLE work (run TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, seconds REAL NOT NULL);
CREATE TABLE memory (name TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE cache_records (id TEXT PRIMARY KEY, engine TEXT NOT NULL, process INTEGER NOT NULL);
INSERT INTO cache_records VALUES ('maybe-another-builds', 'engine', 1);
"""


def test_a_store_without_a_version_keeps_its_measurements_and_drops_its_cache_records(
    store: Store,
) -> None:
    path = store.path
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(OLD_STORE)
        plain = json.dumps(unstructure(record()))
        database.execute("INSERT INTO sections VALUES ('run', ?, '2026', ?)", (record().section, plain))
        database.commit()
    assert store.of_run("run") == [record()]
    with store.open() as database:
        assert database.execute("SELECT COUNT(*) FROM cache_records").fetchone() == (0,)
        assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA,)


def test_a_store_of_the_last_version_keeps_its_cache_records(store: Store) -> None:
    with store.open() as database:
        database.execute("INSERT INTO cache_records VALUES ('engine', 'record', 1, 2, 3, 4)")
        database.execute("DROP TABLE cache_readings")
        database.execute("PRAGMA user_version = 2")
    with store.open() as database:
        assert database.execute("SELECT id FROM cache_records").fetchall() == [("record",)]
        assert database.execute("SELECT * FROM cache_readings").fetchall() == []


def test_a_store_from_before_anything_was_shared_gets_the_tables(store: Store) -> None:
    store.save("run", record())
    with store.open() as database:
        database.execute("DROP TABLE shared_facts")
        database.execute("DROP TABLE requests")
        database.execute("PRAGMA user_version = 3")
    assert tally(store, "run") == Tally() and store.of_run("run") == [record()]
    SharedFacts(store, "run", "secret", "04").obtain(
        Run, lambda: {"kind": "container"}, lambda: Measured(Run(Health(200, 1.0), measured_at="2026")), always
    )
    assert tally(store, "run").made == 1


def test_an_old_store_that_many_open_at_once_is_migrated_once(store: Store) -> None:
    store.path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(store.path)) as database:
        database.executescript(OLD_STORE)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: Store(store.path).all(), range(16))) == [[]] * 16


def test_a_store_of_a_newer_version_is_not_touched(store: Store) -> None:
    store.save("run", record())
    with store.open() as database:
        database.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = store.path.read_bytes()
    with pytest.raises(WorkbookError, match="newer version") as caught:
        store.all()
    assert "Update" in caught.value.hint
    assert store.path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"this is no database" * 1000, None])
def test_a_damaged_store_is_named_and_not_touched(store: Store, damage: bytes | None) -> None:
    store.save("run", record())
    whole = store.path.read_bytes()
    store.path.write_bytes(damage or whole[: len(whole) // 2])
    before = store.path.read_bytes()
    with pytest.raises(WorkbookError, match="is damaged") as caught:
        store.all()
    assert str(store.path) in caught.value.message and "mv " in caught.value.hint
    assert store.path.read_bytes() == before


def test_a_store_locked_by_another_process_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save("run", record())
    monkeypatch.setattr(stores, "WAIT_SECONDS", 0.1)
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(WorkbookError, match="locked by another process"):
            store.save("run", record())


def test_a_full_disk_is_reported(store: Store) -> None:
    store.save("run", record())
    with pytest.raises(DiskFull, match="No space left"), store.open() as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
        database.execute("INSERT INTO scans VALUES ('large', 1, 1, ?)", (bytes(1_000_000),))
