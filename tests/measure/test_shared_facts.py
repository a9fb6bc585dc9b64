"""Each fact of a run is measured once, whichever notebook asks, and none is used that no notebook of the run made."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.core.records import Build, Health, Run, Tally
from helpers.engine.recording import tape
from helpers.measure.questions import Question
from helpers.measure.shared_facts import (
    CHANGED,
    GONE,
    LOCKS,
    NOTHING_SHARED,
    RUN,
    SECRET,
    Measured,
    SharedFacts,
    always,
    forget,
    keep_requests,
    of_this_run,
    tally,
)
from helpers.measure.store import Store

QUESTION = {"kind": "build", "scenario": "cold"}
AT = "2026-01-01T00:00:00+00:00"


class Notebooks:
    """The notebooks of one run, and how often they measured."""

    def __init__(self, store: Store) -> None:
        self.store, self.made = store, 0

    def open(self, section: str, secret: str = "secret", run: str = "run") -> "Notebook":
        return Notebook(self, SharedFacts(self.store, run, secret, section))

    def measure(self) -> Measured[Build]:
        self.made += 1
        return Measured(Build("cold", float(self.made), f"sha256:{self.made}", measured_at=AT), f"lineage {self.made}")

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.store.path)) as database, database:
            assert database.execute(statement).rowcount

    def stored(self, column: str) -> list[str]:
        with closing(sqlite3.connect(self.store.path)) as database:
            return [row[0] for row in database.execute(f"SELECT {column} FROM shared_facts ORDER BY rowid")]

    @property
    def tally(self) -> Tally:
        return tally(self.store, "run")


class Notebook:
    """One notebook's kernel."""

    def __init__(self, notebooks: Notebooks, facts: SharedFacts) -> None:
        self._notebooks, self.facts = notebooks, facts

    def build(self, usable: Callable[[Build], bool] = always, question: dict[str, str] = QUESTION) -> Build:
        return self.facts.obtain(Build, lambda: question, self._notebooks.measure, usable).record


@pytest.fixture
def notebooks(tmp_path: Path) -> Notebooks:
    return Notebooks(Store(tmp_path / "store.sqlite3"))


def test_the_second_notebook_takes_over_what_the_first_measured(notebooks: Notebooks) -> None:
    first = notebooks.open("04-first").build()
    second = notebooks.open("05-second").facts.obtain(Build, lambda: QUESTION, notebooks.measure, always)
    assert second == Measured(replace(first, measured_in="04-first"), "lineage 1")
    assert first.measured_in == "" and notebooks.made == 1
    assert notebooks.tally == Tally(planned=2, distinct=1, made=1, shared=1) and notebooks.tally.repeated == 0


def test_a_containers_run_is_shared_too(notebooks: Notebooks) -> None:
    run = Run(Health(200, 0.1), "log", notes=("a",), measured_at=AT)
    notebooks.open("04-first").facts.obtain(Run, lambda: QUESTION, lambda: Measured(run), always)
    taken = notebooks.open("05-second").facts.obtain(Run, lambda: QUESTION, pytest.fail, always)
    assert taken == Measured(replace(run, measured_in="04-first"))


def test_a_notebook_that_asks_again_measures_again_and_the_next_takes_over_both(notebooks: Notebooks) -> None:
    first, second = notebooks.open("04-first"), notebooks.open("05-second")
    assert [first.build().seconds, first.build().seconds] == [1.0, 2.0]
    assert [second.build().seconds, second.build().seconds, second.build().seconds] == [1.0, 2.0, 3.0]
    assert notebooks.tally == Tally(planned=5, distinct=3, made=3, shared=2)


def test_another_question_another_run_or_another_secret_shares_nothing(notebooks: Notebooks) -> None:
    notebooks.open("04-first").build()
    for other in (notebooks.open("05", run="other"), notebooks.open("05", secret="other")):
        assert other.build().measured_in == ""
    assert notebooks.open("05").build(question={**QUESTION, "scenario": "unchanged"}).measured_in == ""


def test_a_fact_that_failed_or_was_interrupted_is_not_stored(notebooks: Notebooks) -> None:
    notebook = notebooks.open("04-first")
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error):
            notebook.facts.obtain(Build, lambda: QUESTION, _raising(error), always)
    assert notebooks.tally == Tally()
    assert notebook.build().notes == () and notebooks.open("05-second").build().measured_in == "04-first"


def _raising(error: type[BaseException]) -> Callable[[], Measured[Build]]:
    def measure() -> Measured[Build]:
        raise error("failed")

    return measure


@pytest.mark.parametrize(
    "forgery",
    [
        "record = replace(record, '1.0', '0.1')",
        "section = '11-other'",
        "lineage = 'other'",
        "measured_at = '2027-01-01'",
        "mac = ''",
        "mac = 'é'",
        "record = x'7b7d', mac = 1",
    ],
)
def test_a_forged_fact_is_measured_again_and_the_output_says_so(notebooks: Notebooks, forgery: str) -> None:
    notebooks.open("04-first").build()
    notebooks.change(f"UPDATE shared_facts SET {forgery}")
    again = notebooks.open("05-second").build()
    assert (again.seconds, again.measured_in, again.notes) == (2.0, "", (CHANGED,))
    assert notebooks.tally.repeated == 1
    assert notebooks.open("06-third").build().measured_in == "05-second"


def test_a_fact_moved_to_another_question_is_not_used(notebooks: Notebooks) -> None:
    other = {**QUESTION, "scenario": "unchanged"}
    notebooks.open("04-first").build()
    notebooks.open("04-first").build(question=other)
    own, others = notebooks.stored("question")
    notebooks.change(f"DELETE FROM shared_facts WHERE question = '{others}'")
    notebooks.change(f"UPDATE shared_facts SET question = '{others}' WHERE question = '{own}'")
    assert notebooks.open("05-second").build(question=other).notes == (CHANGED,)


def test_a_fact_moved_to_another_sample_is_not_used(notebooks: Notebooks) -> None:
    notebooks.open("04-first").build()
    notebooks.change("UPDATE shared_facts SET sample = 2")
    second = notebooks.open("05-second")
    assert (second.build().notes, second.build().notes) == ((), (CHANGED,))


def test_a_fact_is_not_used_if_what_it_needs_is_gone(notebooks: Notebooks) -> None:
    notebooks.open("04-first").build()
    again = notebooks.open("05-second").build(usable=lambda build: build.image_id != "sha256:1")
    assert again.notes == (GONE.format(number="04"),) and again.measured_in == ""


def test_an_earlier_sample_is_usable_as_long_as_a_later_one_is(notebooks: Notebooks) -> None:
    first = notebooks.open("04-first")
    first.build(), first.build()

    def usable(build: Build) -> bool:
        return build.image_id == "sha256:2"

    assert notebooks.open("05-second").build(usable).seconds == 1.0
    newest = notebooks.open("05-second").facts.latest(Build, lambda: QUESTION, usable)
    assert newest and (newest.record.seconds, newest.lineage) == (2.0, "lineage 2")


def test_the_newest_usable_fact_is_found_without_measuring(notebooks: Notebooks) -> None:
    second = notebooks.open("05-second").facts
    assert second.latest(Build, lambda: QUESTION, always) is None
    notebooks.open("04-first").build()
    assert second.latest(Build, lambda: QUESTION, lambda build: False) is None
    notebooks.change("UPDATE shared_facts SET mac = 'forged'")
    assert second.latest(Build, lambda: QUESTION, always) is None
    assert notebooks.tally.planned == 1  # nobody asked for a measurement


def test_one_measures_while_the_others_wait(notebooks: Notebooks) -> None:
    measuring = threading.Event()
    found: list[Build] = []

    def slowly() -> Measured[Build]:
        measuring.set()
        time.sleep(0.3)
        return notebooks.measure()

    def first() -> None:
        notebooks.open("04-first").facts.obtain(Build, lambda: QUESTION, slowly, always)

    def other(number: int) -> None:
        measuring.wait()
        found.append(notebooks.open(f"0{number}-other").build())

    threads = [threading.Thread(target=first), *(threading.Thread(target=other, args=(each,)) for each in (5, 6))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(each.seconds, each.measured_in) for each in found] == [(1.0, "04-first")] * 2
    assert notebooks.tally == Tally(planned=3, distinct=1, made=1, shared=2)


PROCESS = """
import time
from pathlib import Path
from helpers.core.records import Build
from helpers.measure.shared_facts import Measured, SharedFacts, always
from helpers.measure.store import Store

def measure():
    Path({began!r}).touch()
    time.sleep(0.5)
    return Measured(Build("cold", 7.0, "sha256:1", measured_at="2026-01-01T00:00:00+00:00"))

facts = SharedFacts(Store(Path({store!r})), "run", "secret", "04-first")
facts.obtain(Build, lambda: {question!r}, measure, always)
"""


def test_another_process_waits_too(notebooks: Notebooks, tmp_path: Path) -> None:
    began = tmp_path / "began"
    code = PROCESS.format(store=str(notebooks.store.path), began=str(began), question=QUESTION)
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        while not began.exists():
            assert process.poll() is None
            time.sleep(0.01)
        taken = notebooks.open("05-second").build()
        assert process.wait(10) == 0
    assert (taken.seconds, taken.measured_in, notebooks.made) == (7.0, "04-first", 0)


def test_no_lock_is_left_behind(notebooks: Notebooks) -> None:
    notebook = notebooks.open("04-first")
    notebook.build()
    with pytest.raises(ValueError, match="failed"):
        notebook.facts.obtain(Build, lambda: QUESTION, _raising(ValueError), always)
    assert [*notebooks.store.path.parent.rglob("*.lock")] == []


def test_at_the_end_of_a_run_its_facts_go_and_the_counts_stay(notebooks: Notebooks) -> None:
    notebooks.open("04-first").build()
    notebooks.open("04-first", run="killed").build()  # on 1 January
    forget(notebooks.store, "run")
    assert notebooks.stored("run") == []
    assert notebooks.tally.made == 1
    assert not (notebooks.store.path.parent / LOCKS / "run").exists()


def test_what_a_section_that_is_run_again_asked_for_is_not_counted(notebooks: Notebooks) -> None:
    notebooks.open("04-first").build()
    notebooks.open("05-second").build()
    keep_requests(notebooks.store, "run", ["04-first"])
    assert notebooks.tally == Tally(planned=1, distinct=1, made=1, shared=0)


def test_nothing_secret_is_stored(notebooks: Notebooks) -> None:
    notebooks.open("04-first", secret="the-runs-secret").build(question={"build_args": "password"})
    content = notebooks.store.path.read_bytes()
    assert b"the-runs-secret" not in content and b"password" not in content


@pytest.mark.parametrize(("run", "secret"), [("", ""), ("run", ""), ("", "secret")])
def test_a_notebook_on_its_own_shares_nothing(monkeypatch: pytest.MonkeyPatch, run: str, secret: str) -> None:
    monkeypatch.setenv(RUN, run)
    monkeypatch.setenv(SECRET, secret)
    assert of_this_run("04-first") is NOTHING_SHARED


def test_a_notebook_of_a_run_shares(notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(notebooks.store.path.parent))
    monkeypatch.setenv(RUN, "run")
    monkeypatch.setenv(SECRET, "secret")
    notebooks.open("04-first").build()
    taken = of_this_run("05-second").obtain(Build, lambda: QUESTION, _raising(ValueError), always)
    assert taken.record.measured_in == "04-first"


def test_without_sharing_everything_is_measured(notebooks: Notebooks) -> None:
    def asked() -> Question:
        raise AssertionError("The question takes time, and nobody needs it.")

    for number in (1, 2):
        assert NOTHING_SHARED.obtain(Build, asked, notebooks.measure, always).record.seconds == number
    assert NOTHING_SHARED.latest(Build, asked, always) is None


def test_a_notebook_that_is_recorded_shares_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUN, "a run")
    monkeypatch.setenv(SECRET, "a secret")
    assert of_this_run("04-copy-go-mod-first") is not NOTHING_SHARED
    monkeypatch.setenv(tape.RECORD, str(tmp_path))
    assert of_this_run("04-copy-go-mod-first") is NOTHING_SHARED
    tape.stop()
