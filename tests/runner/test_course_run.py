"""A run continues after a section fails, reports the failures, and never loses earlier results."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from helpers import standins
from helpers.core.errors import DiskFull, EngineStopped, WorkbookError
from helpers.core.records import Build
from helpers.course import sections
from helpers.measure import cache_journal
from helpers.measure.shared_facts import Measured, always, of_this_run
from helpers.measure.store import Store
from helpers.runner import course_run as runner
from helpers.runner import execution, report
from helpers.runner.outcome import CourseRun, Outcome
from tests.fixtures.processes import marked, processes_of, wait_for

pytestmark = pytest.mark.notebook
HERE = Path(__file__).parent
# A client without an engine: these notebooks need none
NO_ENGINE = docker.DockerClient("unix:///nowhere/docker.sock", version="1.41")


class Course:
    """The fixture notebooks of tests/runner/notebooks, run without an engine."""

    def __init__(self, results: Path) -> None:
        self.results, self.latest = results, results / "latest"
        self.swept = 0
        self.sweep: Callable[[object], object] = lambda client: None

    def run(self, *numbers: str, timeout: float = 60) -> int:
        known = sections.discover(HERE)
        return runner.run([sections.find(number, known) for number in numbers], NO_ENGINE, timeout)

    def swept_by(self, client: object) -> int:
        self.swept += 1
        self.sweep(client)
        return 0

    def document(self) -> dict[str, list[dict[str, object]]]:
        read: dict[str, list[dict[str, object]]] = json.loads((self.latest / "results.json").read_text())
        return read

    def notebooks(self) -> list[str]:
        return sorted(path.name for path in (self.latest / "notebooks").iterdir())


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, course_run: CourseRun) -> Course:
    made = Course(tmp_path / "results")
    monkeypatch.setenv("WORKBOOK_RESULTS", str(made.results))
    monkeypatch.setattr(cache_journal, "sweep", made.swept_by)
    monkeypatch.setattr(runner, "describe", lambda client: course_run.engine)
    monkeypatch.setattr(standins, "present", lambda client: course_run.base_images)
    return made


def test_a_run_that_passes(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert course.run("01", "06") == 0
    output = capsys.readouterr().out
    assert "[1/2] 01-passes" in output
    assert "   scenarios: all" in output
    assert "[2/2] 06-shows-an-error" in output
    assert f"Report: {course.latest.resolve() / 'report.html'}\n" in output
    assert output.endswith(f"Until the next run, also in: {course.latest}\n")
    assert [section["status"] for section in course.document()["sections"]] == ["passed", "passed"]


def test_a_failing_section_does_not_stop_the_others(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert course.run("02", "03", "04", "05", "08", "01", timeout=3) == 1
    output = capsys.readouterr().out
    assert "5 of 6 sections failed:" in output
    assert "✗ 02-raises, cell 2 (1 / 0): ZeroDivisionError: division by zero" in output
    assert f"✗ 03-kernel-dies, cell 2 (import os): {execution.DEAD}" in output
    assert "BuildFailed: go.mod is missing.\n  → Put it back." in output
    assert "Traceback" not in output
    assert [section["status"] for section in course.document()["sections"]] == ["failed"] * 5 + ["passed"]
    assert len(course.notebooks()) == 6
    assert not list(course.results.rglob("unfinished.json"))  # it ended, so it isn't continued


def test_nothing_is_written_to_stderr(course: Course, capfd: pytest.CaptureFixture[str]) -> None:
    course.run("01", "02")
    assert capfd.readouterr().err == ""


def test_the_summary_has_a_line_for_each_section_even_without_measurements(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    course.run("01", "02")
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("01-passes ") and line.endswith("passed") for line in lines)
    assert any(line.startswith("02-raises ") and line.endswith("failed") for line in lines)


def test_the_source_notebooks_are_not_changed(course: Course) -> None:
    before = {path: path.read_bytes() for path in sorted(HERE.rglob("*.ipynb"))}
    course.run("01", "02", "06")
    assert {path: path.read_bytes() for path in sorted(HERE.rglob("*.ipynb"))} == before


def test_run_and_results_folder_are_in_the_environment_only_during_the_run(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBOOK_RUN", raising=False)  # this session may itself be a run
    monkeypatch.delenv("WORKBOOK_RUN_SECRET", raising=False)
    seen: list[tuple[str, str]] = []
    secrets: list[str] = []

    def record(source: Path, target: Path, *_: object) -> Outcome:
        seen.append((os.environ["WORKBOOK_RUN"], os.environ["WORKBOOK_RESULTS"]))
        secrets.append(os.environ["WORKBOOK_RUN_SECRET"])
        target.write_text("executed")
        return Outcome(source.stem, 0.1)

    monkeypatch.setattr(runner, "execute", record)
    course.run("01", "06")
    assert len(set(seen)) == 1
    assert seen[0] == (str(course.document()["run"]), str(course.results))
    assert len(set(secrets)) == 1 and len(secrets[0]) == 64
    course.run("01")
    assert len(set(secrets)) == 2, "each run has its own"
    assert not {"WORKBOOK_RUN", "WORKBOOK_RUN_SECRET"} & os.environ.keys()


def test_the_facts_that_sections_shared_are_deleted_at_the_end_and_counted(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(source: Path, target: Path, *_: object) -> Outcome:
        build = Measured(Build("cold", 1.0, "sha256:1", measured_at="2099-01-01T00:00:00+00:00"))
        of_this_run(source.stem).obtain(Build, lambda: {"kind": "build"}, lambda: build, always)
        target.write_text("executed")
        return Outcome(source.stem, 0.1)

    monkeypatch.setattr(runner, "execute", measure)
    course.run("01", "06")
    assert "\nMeasurements: 2 planned, 1 made, 1 shared, 0 repeated\n" in capsys.readouterr().out
    counts: object = course.document()["measurements"]
    assert counts == {
        "planned": 2,
        "distinct": 1,
        "made": 1,
        "shared": 1,
        "repeated": 0,
    }
    with Store().open() as database:
        assert database.execute("SELECT COUNT(*) FROM shared_facts").fetchone() == (0,)


def test_running_one_section_again_keeps_the_others_notebooks(course: Course) -> None:
    course.run("01", "06")
    course.run("06")
    assert course.notebooks() == ["01-passes.ipynb", "06-shows-an-error.ipynb"]
    assert [section["section"] for section in course.document()["sections"]] == ["06-shows-an-error"]


def test_an_interrupted_run_keeps_its_finished_sections_and_the_earlier_results(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    course.run("01")
    earlier = course.document()
    original = execution.execute

    def interrupted(source: Path, *rest: object) -> Outcome:
        if source.stem == "06-shows-an-error":
            raise KeyboardInterrupt
        return original(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(runner, "execute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        course.run("02", "06")
    assert course.document() == earlier
    (interrupted_run,) = set((course.results / "runs").iterdir()) - {course.latest.resolve()}
    kept = json.loads((interrupted_run / "results.json").read_text())
    assert [part["section"] for part in kept["sections"]] == ["02-raises"]
    assert (interrupted_run / "notebooks" / "02-raises.ipynb").exists() and (interrupted_run / "report.html").exists()
    assert runner.INTERRUPTED.format(folder=interrupted_run) in capsys.readouterr().out
    assert course.swept == 2


def test_a_full_disk_keeps_the_earlier_results(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    course.run("01")
    earlier = course.document()

    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(report, "render", full)
    with pytest.raises(DiskFull):
        course.run("01", "02")
    assert course.document() == earlier
    (continued,) = set((course.results / "runs").iterdir()) - {course.latest.resolve()}
    assert json.loads((continued / "unfinished.json").read_text())["passed"].keys() == {"01-passes"}


def test_a_run_beside_another_says_so_and_both_keep_their_results(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    original = execution.execute

    def meanwhile(*given: object) -> Outcome:
        monkeypatch.setattr(runner, "execute", original)
        assert course.run("06") == 0
        assert runner.OTHERS in capsys.readouterr().out
        return original(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(runner, "execute", meanwhile)
    assert course.run("01") == 0
    assert runner.OTHERS not in capsys.readouterr().out
    written = [json.loads(path.read_text()) for path in (course.results / "runs").glob("*/results.json")]
    assert sorted(part["section"] for run in written for part in run["sections"]) == ["01-passes", "06-shows-an-error"]
    assert course.notebooks() == ["01-passes.ipynb", "06-shows-an-error.ipynb"]


def test_an_engine_that_stops_at_the_end_loses_no_results(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    def gone(client: object) -> None:
        raise EngineStopped("The engine no longer responds.")

    course.sweep = gone
    assert course.run("01") == 0
    assert runner.LEFT_BEHIND.format(error="The engine no longer responds.") in capsys.readouterr().out
    assert course.document()["sections"]


@pytest.mark.parametrize("signal_sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_kernel_too(signal_sent: signal.Signals, tmp_path: Path) -> None:
    program = (
        "import docker\n"
        "from pathlib import Path\n"
        "from helpers.course import sections\n"
        "from helpers.runner import course_run\n"
        f"known = sections.discover(Path({str(HERE)!r}))\n"
        "no_engine = docker.DockerClient('unix:///nowhere/docker.sock', version='1.41')\n"
        "course_run.run([sections.find('05', known)], no_engine)\n"
    )
    environment = {**os.environ, "WORKBOOK_RESULTS": str(tmp_path), **marked(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True, preexec_fn=accept_sigint
    ) as process:
        wait_for(lambda: any('"status": "running"' in path.read_text() for path in tmp_path.rglob("05-*.ipynb")))
        process.send_signal(signal_sent)
        output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Interrupted." in output
    wait_for(lambda: processes_of(tmp_path) == [])


def test_results_are_written_before_the_cleanup(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[str] = []

    def locked(client: object) -> None:
        seen.extend(section["status"] for section in course.document()["sections"])  # type: ignore[misc]
        seen.extend(course.notebooks())
        raise WorkbookError("store.sqlite3 has been locked by another process for 30 s.", "Wait.")

    course.sweep = locked
    assert course.run("01") == 0
    assert seen == ["passed", "01-passes.ipynb"]
    output = capsys.readouterr().out
    assert "locked by another process" in output and "python3 -m helpers clean" in output
    assert [section["status"] for section in course.document()["sections"]] == ["passed"]


def accept_sigint() -> None:
    """Restores the default handler: a session started in the background ignores Ctrl-C, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
