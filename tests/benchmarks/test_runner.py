"""Which benchmarks run, and that no results are lost."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest

from benchmarks import runner
from benchmarks.result import Result
from benchmarks.workplace import Workplace
from helpers import commands
from helpers.core.errors import WorkbookError

# A client that is only passed on
NO_ENGINE = docker.DockerClient("unix:///nowhere/docker.sock", version="1.41")
FAST = Result("fast", "one", "s", (1.0,), (2.0,), "theirs", 1.0)
SLOW = Result("slow", "one", "s", (3.0,), (2.0,), "theirs", 1.0)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the document; no engine is used, and there are two fake benchmarks."""

    @contextmanager
    def workplace(*given: object) -> Iterator[None]:
        yield

    def breaks(place: Workplace) -> Iterator[Result]:
        yield SLOW
        raise WorkbookError("The engine stopped.")

    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    monkeypatch.setattr(runner, "workplace", workplace)
    monkeypatch.setattr(runner, "environment", lambda client, command: {"machine": {}})
    monkeypatch.setattr(runner, "SUBJECTS", {"fast": lambda place: iter([FAST]), "breaks": breaks})
    return tmp_path / runner.DOCUMENT


def test_without_names_all_but_the_twelve_minute_benchmark_run() -> None:
    assert runner.choose([]) == ["build", "context", "contents", "trace"]


def test_named_benchmarks_run_once_in_fixed_order() -> None:
    assert runner.choose(["course", "build", "course"]) == ["build", "course"]


def test_an_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(WorkbookError) as caught:
        runner.choose(["build", "dive"])
    assert caught.value.exit_status == 2
    assert str(caught.value) == (
        "There is no benchmark 'dive'.\n→ Choose from: build, context, contents, trace, setup, course."
    )


def test_the_help_names_every_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        commands.read(["bench", "--help"])
    printed = capsys.readouterr().out
    assert [name for name in runner.SUBJECTS if name not in printed] == []


def test_a_missed_limit_is_not_an_error(
    written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "SUBJECTS", {"slow": lambda place: iter([SLOW])})
    assert runner.run(["slow"], NO_ENGINE, "docker", 5) == 0
    assert " NO " in capsys.readouterr().out


def test_results_before_an_error_are_printed_and_written(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WorkbookError):
        runner.run(["fast", "breaks"], NO_ENGINE, "docker", 5)
    assert [entry["subject"] for entry in json.loads(written.read_text())["benchmarks"]] == ["fast", "slow"]
    printed = capsys.readouterr().out
    assert "fast, one" in printed and "slow, one" in printed and str(written) in printed
