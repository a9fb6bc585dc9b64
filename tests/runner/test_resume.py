"""An interrupted run continues with the same command, whatever ended it, and its results are those of one run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import nbformat
import pytest

from helpers.core.errors import WorkbookError
from helpers.core.records import Build, Kind, Tally, Work
from helpers.course.notebooks import METADATA
from helpers.course.sections import discover
from helpers.measure.shared_facts import Measured, SharedFacts, always, tally
from helpers.measure.store import STORE, Store
from helpers.runner import interrupted, result_files, resume
from helpers.runner.outcome import Outcome
from helpers.runner.result_files import RUNS, UNFINISHED
from helpers.runner.resume import Unfinished
from tests.fixtures.processes import kill, marked, wait_for

PROJECT = Path(__file__).parents[2]
NAMES = ("01-first", "02-second", "03-third")
OPTIONS = {"scenarios": "all", "repeats": 1}  # those of a run without options
RUN = """
import sys
from pathlib import Path
import docker
from helpers.core.time_left import Steps
from helpers.course import sections
from helpers.runner import course_run
chosen = sections.discover(Path(sys.argv[1]))
no_engine = docker.DockerClient("unix:///nowhere/docker.sock", version="1.41")
expected = Steps({section.name: 120.0 for section in chosen})
sys.exit(course_run.run(chosen, no_engine, expected=expected, fresh="--fresh" in sys.argv))
"""
CELL = """
import time
from pathlib import Path
with open({log!r}, "a") as log:
    print({name!r}, file=log)
while Path({wait!r}).exists():
    time.sleep(0.05)
"""


class Course:
    """Three notebooks that need no engine, run as the command line runs them. The second one can be made to wait."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.results = folder, folder / "results"
        self.log, self.wait = folder / "log", folder / "wait"
        (folder / "notebooks").mkdir()
        (folder / "dockerfiles").mkdir()
        for name in NAMES:
            self.write(name)

    def write(self, name: str, text: str = "") -> None:
        wait = self.wait if name == NAMES[1] else self.folder / "never"
        cell = CELL.format(log=str(self.log), name=name, wait=str(wait))
        cells = [
            nbformat.v4.new_markdown_cell(f"# {name} {text}", id="title"),
            nbformat.v4.new_code_cell('scenarios = "aims"\nrepeats = 1', metadata={"tags": ["parameters"]}, id="given"),
            nbformat.v4.new_code_cell(cell, id="work"),
        ]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
        nbformat.write(notebook, self.folder / "notebooks" / f"{name}.ipynb")

    def start(self, *options: str) -> "subprocess.Popen[str]":
        variables = {**os.environ, "WORKBOOK_RESULTS": str(self.results), **marked(self.folder)}
        return subprocess.Popen(
            [sys.executable, "-c", RUN, str(self.folder), *options],
            env={**variables, "PYTHONPATH": str(PROJECT)},
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def run(self, *options: str) -> str:
        process = self.start(*options)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        return output

    def interrupt(self, ends: Callable[["subprocess.Popen[str]"], None]) -> None:
        """A run that ends in its second section."""
        self.wait.touch()
        process = self.start()
        wait_for(lambda: self.executed()[-1:] == [NAMES[1]])
        ends(process)
        process.communicate(timeout=60)
        kill(self.folder)
        self.wait.unlink()

    def executed(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def document(self) -> dict[str, object]:
        read: dict[str, object] = json.loads((self.results / "latest" / "results.json").read_text())
        return read


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Course]:
    monkeypatch.delenv("WORKBOOK_RUN", raising=False)
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    made = Course(tmp_path)
    yield made
    kill(tmp_path)


def killed(process: "subprocess.Popen[str]") -> None:
    process.kill()


def ctrl_c(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGINT)


@pytest.mark.notebook
@pytest.mark.parametrize("ends", [killed, ctrl_c])
def test_the_same_command_continues_after_the_sections_that_passed(
    course: Course, ends: Callable[["subprocess.Popen[str]"], None]
) -> None:
    course.interrupt(ends)
    assert interrupted.passed(course.results, discover(course.folder), OPTIONS) == {NAMES[0]}
    (state,) = (course.results / RUNS).glob(f"*/{UNFINISHED}")
    output = course.run()
    started = datetime.strptime(state.parent.name[:16], "%Y%m%dT%H%M%S%z").astimezone()
    assert f"Continuing the run of {started:%Y-%m-%d} " in output  # it may be yesterday's
    assert ": 1 of 3 sections are done, about 4 min left; --fresh starts over.\n" in output
    assert "[2/3] 02-second" in output and "[1/3]" not in output
    assert course.executed() == ["01-first", "02-second", "02-second", "03-third"]
    document = course.document()
    assert document["run"] == state.parent.name
    assert [part["section"] for part in document["sections"]] == list(NAMES)  # type: ignore[attr-defined]
    assert document["paused_seconds"]
    folder = course.results / RUNS / state.parent.name
    assert sorted(path.stem for path in (folder / "notebooks").iterdir()) == list(NAMES)
    assert all(name in (folder / "report.html").read_text() for name in NAMES)
    assert not state.exists()
    assert "Continuing" not in course.run()


@pytest.mark.notebook
def test_fresh_starts_over_and_the_interrupted_run_is_forgotten(course: Course) -> None:
    course.interrupt(killed)
    assert "Continuing" not in course.run("--fresh")
    assert course.executed()[2:] == list(NAMES)
    assert len(list((course.results / RUNS).iterdir())) == 1
    assert "Continuing" not in course.run()


@pytest.mark.notebook
def test_a_run_of_changed_notebooks_starts_over(course: Course) -> None:
    course.interrupt(killed)
    course.write(NAMES[2], "changed")
    assert "Continuing" not in course.run()
    assert course.executed()[2:] == list(NAMES)


@pytest.fixture
def unfinished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an interrupted run with one section that passed."""
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    folder = tmp_path / RUNS / result_files.new_name()
    folder.mkdir(parents=True)
    Unfinished(folder.name, "key", resume.now(), {"01-first": 2.5}, 1, 0.0, resume.now()).save(folder)
    return folder


def test_only_a_run_with_the_same_key_is_continued(unfinished: Path, tmp_path: Path) -> None:
    assert resume.take(tmp_path, "another", fresh=False).passed == {}
    continued = resume.take(tmp_path, "key", fresh=False)
    assert continued.run_id == unfinished.name and continued.passed == {"01-first": 2.5}


def test_a_run_is_not_continued_after_a_day_and_the_next_run_removes_it(unfinished: Path, tmp_path: Path) -> None:
    long_ago = time.time() - interrupted.RESUMABLE_SECONDS - 1
    os.utime(unfinished / UNFINISHED, (long_ago, long_ago))
    assert resume.take(tmp_path, "key", fresh=False).run_id != unfinished.name
    with result_files.run_folder(tmp_path, result_files.new_name()):
        assert not unfinished.exists()


def test_a_killed_run_that_can_be_continued_is_kept_until_it_is_too_old(unfinished: Path, tmp_path: Path) -> None:
    lock = unfinished.with_name(f"{unfinished.name}.lock")
    lock.touch()  # as a killed run leaves it
    with result_files.run_folder(tmp_path, result_files.new_name()):
        assert unfinished.exists() and not lock.exists()
    long_ago = time.time() - interrupted.RESUMABLE_SECONDS - 1
    os.utime(unfinished / UNFINISHED, (long_ago, long_ago))
    with result_files.run_folder(tmp_path, result_files.new_name()):
        assert not unfinished.exists() and not lock.exists()


def test_an_old_unfinished_run_that_is_at_work_is_kept(unfinished: Path, tmp_path: Path) -> None:
    with result_files.run_folder(tmp_path, unfinished.name):
        long_ago = time.time() - interrupted.RESUMABLE_SECONDS - 1
        os.utime(unfinished / UNFINISHED, (long_ago, long_ago))
        with result_files.run_folder(tmp_path, result_files.new_name()):
            assert unfinished.exists()


def test_a_renamed_folder_is_not_continued_and_never_removed(unfinished: Path, tmp_path: Path) -> None:
    renamed = unfinished.rename(unfinished.with_name("before the upgrade"))
    assert interrupted.resumable(tmp_path) == []
    resume.take(tmp_path, "key", fresh=True)
    long_ago = time.time() - interrupted.RESUMABLE_SECONDS - 1
    os.utime(renamed / UNFINISHED, (long_ago, long_ago))
    with result_files.run_folder(tmp_path, result_files.new_name()):
        assert (renamed / UNFINISHED).exists()


def test_a_run_at_work_is_not_continued_by_another(unfinished: Path, tmp_path: Path) -> None:
    with result_files.run_folder(tmp_path, unfinished.name):
        assert resume.take(tmp_path, "key", fresh=False).run_id != unfinished.name
        assert unfinished.exists()


def test_a_damaged_state_is_not_continued(unfinished: Path, tmp_path: Path) -> None:
    (unfinished / UNFINISHED).write_text("{")
    assert resume.take(tmp_path, "key", fresh=False).passed == {}


@pytest.fixture
def of_a_command(unfinished: Path, tmp_path: Path) -> Path:
    """The interrupted run as one of a course's command."""
    Course(tmp_path)
    key = resume.key_of(discover(tmp_path), OPTIONS, "engine")
    Unfinished(unfinished.name, key, resume.now(), {"01-first": 2.5}, 1, 0.0, resume.now()).save(unfinished)
    return unfinished


def test_what_has_passed_is_known_without_an_engine(of_a_command: Path, tmp_path: Path) -> None:
    assert interrupted.passed(tmp_path, discover(tmp_path), OPTIONS) == {"01-first"}


def test_what_another_command_did_is_not_expected_to_be_skipped(of_a_command: Path, tmp_path: Path) -> None:
    chosen = discover(tmp_path)
    assert interrupted.passed(tmp_path, chosen, {**OPTIONS, "repeats": 2}) == frozenset()
    assert interrupted.passed(tmp_path, chosen[:1], OPTIONS) == frozenset()


def test_a_run_that_cannot_be_continued_is_not_expected_to_be(of_a_command: Path, tmp_path: Path) -> None:
    (of_a_command / UNFINISHED).write_text('{"key": 1}')
    assert interrupted.passed(tmp_path, discover(tmp_path), OPTIONS) == frozenset()
    (of_a_command / UNFINISHED).unlink()
    assert interrupted.passed(tmp_path, discover(tmp_path), OPTIONS) == frozenset()


@pytest.fixture
def store(unfinished: Path, tmp_path: Path) -> Store:
    """The store with the work of the interrupted run, and of another one."""
    store = Store(tmp_path / STORE)
    for name in ("finished", "interrupted"):
        store.add_work(unfinished.name, Work(Kind.BUILD, name, 1.0))
    store.add_work("another run", Work(Kind.BUILD, "another", 1.0))
    return store


def test_the_work_of_the_interrupted_section_is_not_counted(unfinished: Path, store: Store, tmp_path: Path) -> None:
    resume.take(tmp_path, "key", fresh=False).continued(unfinished)
    assert [work.name for work in store.work_of(unfinished.name)] == ["finished"]
    assert len(store.work_of("another run")) == 1


def test_what_the_interrupted_section_asked_for_is_not_counted(unfinished: Path, store: Store, tmp_path: Path) -> None:
    build = Build("cold", 1.0, "sha256:1", measured_at="2099-01-01T00:00:00+00:00")
    for section in ("01-first", "02-second"):
        facts = SharedFacts(store, unfinished.name, "secret", section)
        facts.obtain(Build, lambda: {"kind": "build"}, lambda: Measured(build), always)
    assert tally(store, unfinished.name) == Tally(planned=2, distinct=1, made=1, shared=1)
    resume.take(tmp_path, "key", fresh=False).continued(unfinished)
    assert tally(store, unfinished.name) == Tally(planned=1, distinct=1, made=1, shared=0)


def test_a_run_that_another_process_continues_keeps_its_work(unfinished: Path, store: Store, tmp_path: Path) -> None:
    found = resume.take(tmp_path, "key", fresh=False)
    assert len(store.work_of(unfinished.name)) == 2  # until the lock of the folder is held
    found.continued(unfinished).with_passed(Outcome("02-second", 1.0)).save(unfinished)
    store.add_work(unfinished.name, Work(Kind.BUILD, "of the other process", 1.0))
    with pytest.raises(WorkbookError, match="Another process has just continued"):
        found.continued(unfinished)
    (unfinished / UNFINISHED).unlink()  # the other process has finished the run
    with pytest.raises(WorkbookError, match="Another process has just continued"):
        found.continued(unfinished)
    assert [work.name for work in store.work_of(unfinished.name)] == ["finished", "of the other process"]


def test_pauses_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    started, written = "2026-11-21T07:00:00+00:00", "2026-11-21T08:00:00+00:00"
    state = Unfinished("run", "key", started, {"01-first": 2.5}, paused=5.0, written=written)
    state.save(tmp_path)
    assert state.continued(tmp_path).paused > 5.0 + 86_400


def test_the_key_is_that_of_options_engine_and_files(tmp_path: Path) -> None:
    Course(tmp_path)
    chosen = discover(tmp_path)
    key = resume.key_of(chosen, {"repeats": 1}, "engine")
    assert key == resume.key_of(chosen, {"repeats": 1}, "engine")
    (tmp_path / "dockerfiles" / "01-first.Dockerfile").write_text("FROM scratch\n")
    others = [
        resume.key_of(chosen, {"repeats": 1}, "engine"),
        resume.key_of(chosen, {"repeats": 2}, "engine"),
        resume.key_of(chosen, {"repeats": 1}, "another engine"),
        resume.key_of(chosen[:1], {"repeats": 1}, "engine"),
    ]
    assert len({key, *others}) == 5
