"""A run goes on where a section fails, says what failed and where, and loses nothing that was there before."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from helpers.course import execution, folder, runner, sections
from helpers.course.outcome import CourseRun, Outcome
from helpers.records.errors import DiskFull, EngineStopped, WorkbookError

pytestmark = pytest.mark.notebook
HERE = Path(__file__).parent
# A client of an engine that does not answer: these notebooks need none
NOBODY = docker.DockerClient("unix:///nowhere/docker.sock", version="1.41")


class Course:
    """The small course of tests/course/notebooks, run on no engine."""

    def __init__(self, results: Path) -> None:
        self.results = results
        self.swept = 0
        self.sweep: Callable[[object], object] = lambda client: None

    def run(self, *numbers: str, timeout: float = 60) -> int:
        known = sections.discover(HERE)
        return runner.run([sections.find(number, known) for number in numbers], NOBODY, timeout)

    def swept_by(self, client: object) -> int:
        self.swept += 1
        self.sweep(client)
        return 0

    def document(self) -> dict[str, list[dict[str, object]]]:
        read: dict[str, list[dict[str, object]]] = json.loads((self.results / "results.json").read_text())
        return read

    def notebooks(self) -> list[str]:
        return sorted(path.name for path in (self.results / "notebooks").iterdir())


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, course_run: CourseRun) -> Course:
    made = Course(tmp_path / "results")
    monkeypatch.setenv("WORKBOOK_RESULTS", str(made.results))
    monkeypatch.setattr(runner.cache_journal, "sweep", made.swept_by)
    monkeypatch.setattr(runner, "describe", lambda client: course_run.engine)
    monkeypatch.setattr(runner.base_images, "present", lambda client: course_run.base_images)
    return made


def test_a_run_in_which_everything_passes(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert course.run("01", "06") == 0
    told = capsys.readouterr().out
    assert "[1/2] 01-passes" in told
    assert "   scenarios: all" in told
    assert "[2/2] 06-shows-an-error" in told
    assert str(course.results / "report.html") in told
    assert [section["status"] for section in course.document()["sections"]] == ["passed", "passed"]


def test_a_failing_section_does_not_stop_the_others(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert course.run("02", "03", "04", "05", "08", "01", timeout=3) == 1
    told = capsys.readouterr().out
    assert "5 of 6 sections failed:" in told
    assert "✗ 02-raises, cell 2 (1 / 0): ZeroDivisionError: division by zero" in told
    assert f"✗ 03-kernel-dies, cell 2 (import os): {execution.DEAD}" in told
    assert "BuildFailed: go.mod is missing.\n  → Put it back." in told
    assert "Traceback" not in told
    assert [section["status"] for section in course.document()["sections"]] == ["failed"] * 5 + ["passed"]
    assert len(course.notebooks()) == 6


def test_nothing_but_the_run_itself_is_said(course: Course, capfd: pytest.CaptureFixture[str]) -> None:
    course.run("01", "02")
    assert capfd.readouterr().err == ""


def test_the_summary_has_a_line_for_each_section_even_where_nothing_was_measured(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    course.run("01", "02")
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("01-passes ") and line.endswith("passed") for line in lines)
    assert any(line.startswith("02-raises ") and line.endswith("failed") for line in lines)


def test_the_notebooks_themselves_stay_as_they_are(course: Course) -> None:
    before = {path: path.read_bytes() for path in sorted(HERE.rglob("*.ipynb"))}
    course.run("01", "02", "06")
    assert {path: path.read_bytes() for path in sorted(HERE.rglob("*.ipynb"))} == before


def test_kernels_know_the_run_and_the_results_folder_and_we_forget_them(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBOOK_RUN", raising=False)  # this session may be a run itself
    seen: list[tuple[str, str]] = []

    def look(source: Path, target: Path, *_: object) -> Outcome:
        seen.append((os.environ["WORKBOOK_RUN"], os.environ["WORKBOOK_RESULTS"]))
        target.write_text("executed")
        return Outcome(source.stem, 0.1)

    monkeypatch.setattr(runner, "execute", look)
    course.run("01", "06")
    assert len(set(seen)) == 1
    assert seen[0] == (course.document()["run"], str(course.results))
    assert "WORKBOOK_RUN" not in os.environ


def test_one_section_again_keeps_the_others_notebooks(course: Course) -> None:
    course.run("01", "06")
    course.run("06")
    assert course.notebooks() == ["01-passes.ipynb", "06-shows-an-error.ipynb"]
    assert [section["section"] for section in course.document()["sections"]] == ["06-shows-an-error"]


def test_an_interrupted_run_keeps_what_is_done_and_what_was_there(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    course.run("01")
    earlier = course.document()
    genuine = runner.execute

    def interrupted(source: Path, *rest: object) -> Outcome:
        if source.stem == "06-shows-an-error":
            raise KeyboardInterrupt
        return genuine(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(runner, "execute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        course.run("02", "06")
    assert course.document() == earlier
    aside = course.results / runner.INTERRUPTED
    assert [part["section"] for part in json.loads((aside / "results.json").read_text())["sections"]] == ["02-raises"]
    assert str(aside) in capsys.readouterr().out
    assert course.swept == 2


def test_a_full_disk_keeps_the_older_results(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    course.run("01")
    earlier = course.document()

    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(runner.report, "render", full)
    with pytest.raises(DiskFull):
        course.run("01", "02")
    assert course.document() == earlier
    assert sorted(
        path.name for path in course.results.iterdir() if path.name not in (".lock", "store.sqlite3")
    ) == sorted(folder.PARTS)


def test_an_engine_that_is_gone_at_the_end_costs_no_result(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    def gone(client: object) -> None:
        raise EngineStopped("The engine does not answer any more.")

    course.sweep = gone
    assert course.run("01") == 0
    assert (
        "is still there: The engine does not answer any more.\n→ `python3 -m helpers clean`" in capsys.readouterr().out
    )
    assert course.document()["sections"]


@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM])
def test_an_order_to_end_ends_the_kernel_too(order: signal.Signals, tmp_path: Path) -> None:
    program = (
        "import docker\n"
        "from pathlib import Path\n"
        "from helpers.course import runner, sections\n"
        f"known = sections.discover(Path({str(HERE)!r}))\n"
        "nobody = docker.DockerClient('unix:///nowhere/docker.sock', version='1.41')\n"
        "runner.run([sections.find('05', known)], nobody)\n"
    )
    environment = {**os.environ, "WORKBOOK_RESULTS": str(tmp_path), "WORKBOOK_TEST": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True, preexec_fn=listens
    ) as process:
        notebook = tmp_path / ".new" / "notebooks" / "05-never-ends.ipynb"
        wait_for(lambda: notebook.exists() and '"status": "running"' in notebook.read_text())
        process.send_signal(order)
        told, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Interrupted." in told
    wait_for(lambda: kernels_of(tmp_path) == [])


def test_results_are_written_before_anything_is_tidied_up(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[str] = []

    def locked(client: object) -> None:
        seen.extend(section["status"] for section in course.document()["sections"])  # type: ignore[misc]
        seen.extend(course.notebooks())
        raise WorkbookError("store.sqlite3 has been locked by another process for 30 s.", "Wait.")

    course.sweep = locked
    assert course.run("01") == 0
    assert seen == ["passed", "01-passes.ipynb"]
    told = capsys.readouterr().out
    assert "locked by another process" in told and "python3 -m helpers clean" in told
    assert [section["status"] for section in course.document()["sections"]] == ["passed"]


def listens() -> None:
    """A session that was started in the background ignores Ctrl-C, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def kernels_of(folder_: Path) -> list[str]:
    """The processes that were started with this folder in their environment."""
    mark = f"WORKBOOK_TEST={folder_}".encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environ.read_bytes():
                found.append(environ.parent.name)
        except OSError:
            continue
    return found
