"""The pytest session of the test command: what it collects and where it writes."""

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import docker
import pytest
import requests

from helpers.core import foreground
from helpers.core.paths import PROJECT
from helpers.course.sections import discover
from helpers.measure import cache_journal
from helpers.measure.shared_facts import SECRET
from helpers.measure.store import STORE, Store
from helpers.runner import fast_tests, testing

# A client that is only passed on
ENGINE = docker.DockerClient("unix:///nowhere/docker.sock", version="1.41")


class Session:
    """Records the pytest command, and whether the results folder existed while it ran."""

    def __init__(self) -> None:
        self.command: list[str] = []
        self.results = Path()
        self.environment: dict[str, str] = {}
        self.existed = False
        self.swept: list[Any] = []

    def __call__(self, command: list[str], folder: Path, env: dict[str, str]) -> int:
        self.command, self.results = command, Path(env.get("WORKBOOK_RESULTS", ""))
        self.environment = env
        self.existed = self.results.is_dir()
        return 5


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    started = Session()
    monkeypatch.setattr(foreground, "run", started)
    monkeypatch.setattr(cache_journal, "adopt", lambda store: None)
    monkeypatch.setattr(cache_journal, "sweep", started.swept.append)
    return started


def test_pytests_exit_status_is_returned(session: Session) -> None:
    assert fast_tests.run_fast([]) == 5
    assert testing.run_all(ENGINE, []) == 5


def test_measurements_of_tests_go_to_a_temporary_folder(session: Session) -> None:
    testing.run_all(ENGINE, [])
    assert session.existed
    assert PROJECT not in session.results.parents
    assert not session.results.exists()


def test_each_notebook_measures_everything_itself(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "of a run")
    testing.run_all(ENGINE, [])
    assert session.environment[SECRET] == ""


def test_cache_records_are_removed_even_after_an_interruption(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*given: object, **more: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(foreground, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        testing.run_all(ENGINE, [])
    assert session.swept == [ENGINE]


def test_an_engine_that_stops_at_the_end_keeps_the_exit_status_and_the_journal(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def gone(client: object) -> int:
        raise requests.exceptions.ConnectionError("Connection aborted.")

    def build_and_end(command: list[str], folder: Path, env: dict[str, str]) -> int:
        with Store(Path(env["WORKBOOK_RESULTS"]) / STORE).open() as database:
            database.execute("INSERT INTO cache_records VALUES ('an engine', 'a', 1, 0, 1, 1.0)")
        return 0

    monkeypatch.undo()
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    monkeypatch.setattr(foreground, "run", build_and_end)
    monkeypatch.setattr(cache_journal, "sweep", gone)
    assert testing.run_all(ENGINE, []) == 0
    with Store().open() as database:
        assert database.execute("SELECT engine, id FROM cache_records").fetchall() == [("an engine", "a")]


def test_the_junit_file_is_in_the_results_folder(session: Session) -> None:
    testing.run_all(ENGINE, [])
    assert f"--junitxml={PROJECT / 'results' / 'junit.xml'}" in session.command


def test_the_junit_file_contains_no_private_data(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    junit = tmp_path / "junit.xml"
    monkeypatch.setattr(testing, "JUNIT", junit)
    monkeypatch.setenv("DB_PASSWORD", "<4711> & more")
    failure = f"<failure>{PROJECT}/tests/x.py: &lt;4711&gt; &amp; more</failure>"
    junit.write_text(f'<testsuite hostname="{platform.node()}">{failure}</testsuite>')
    testing.run_all(ENGINE, [])
    assert junit.read_text() == '<testsuite hostname="HOST"><failure>tests/x.py: •••</failure></testsuite>'


def test_fast_excludes_tests_that_need_more_than_python(session: Session) -> None:
    fast_tests.run_fast(["-x"])
    chosen = session.command[session.command.index("-m", 3) + 1]
    assert chosen == "not engine and not notebook and not machine"
    assert session.command[-1] == "-x"
    assert str(PROJECT / "notebooks") not in session.command


def test_fast_runs_in_parallel_unless_options_are_given(session: Session) -> None:
    fast_tests.run_fast([])
    assert "--numprocesses=logical" in session.command
    fast_tests.run_fast(["-s"])
    assert [option for option in session.command if "processes" in option] == []


@pytest.mark.notebook
def test_all_course_notebooks_and_no_fixture_notebooks_are_collected() -> None:
    options = [
        option
        for option in testing._pytest_options([section.notebook for section in discover()])
        if not option.startswith("--junitxml")
    ]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *options]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=600).stdout
    collected = {line.partition("::")[0] for line in listed.splitlines() if ".ipynb::" in line}
    assert collected == {section.notebook.relative_to(PROJECT).as_posix() for section in discover()}


def test_what_runs_once_a_month_is_left_out_unless_asked_for() -> None:
    assert testing._pytest_options([])[:2] == ["-m", "not thorough"]
