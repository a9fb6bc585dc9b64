"""Which benchmarks are run, and that what was measured is never lost."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import document, runner
from benchmarks.result import Result
from benchmarks.workplace import Workplace
from helpers.records.errors import WorkbookError
from helpers.setup import options

FAST = Result("fast", "one", "s", (1.0,), (2.0,), "theirs", 1.0)
SLOW = Result("slow", "one", "s", (3.0,), (2.0,), "theirs", 1.0)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the document will lie; there is no engine, and two subjects of the test's own."""

    @contextmanager
    def workplace(*given: object) -> Iterator[None]:
        yield

    def breaks(place: Workplace) -> Iterator[Result]:
        yield SLOW
        raise WorkbookError("The engine went away.")

    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    monkeypatch.setattr(runner, "workplace", workplace)
    monkeypatch.setattr(document, "surroundings", lambda client, command: {"machine": {}})
    monkeypatch.setattr(runner, "SUBJECTS", {"fast": lambda place: iter([FAST]), "breaks": breaks})
    return tmp_path / runner.DOCUMENT


def test_without_a_name_it_is_all_but_what_takes_twelve_minutes() -> None:
    assert runner.choose([]) == ["build", "context", "contents", "trace"]


def test_those_named_come_in_their_own_order_each_once() -> None:
    assert runner.choose(["course", "build", "course"]) == ["build", "course"]


def test_an_unknown_name_is_told_with_all_that_are_known() -> None:
    with pytest.raises(WorkbookError) as caught:
        runner.choose(["build", "dive"])
    assert caught.value.exit_status == 2
    assert str(caught.value) == (
        "There is no benchmark 'dive'.\n→ name one of: build, context, contents, trace, course"
    )


def test_the_help_names_every_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options.read(["bench", "--help"])
    said = capsys.readouterr().out
    assert [name for name in runner.SUBJECTS if name not in said] == []


def test_a_limit_that_is_missed_is_no_failure(
    written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "SUBJECTS", {"slow": lambda place: iter([SLOW])})
    assert runner.run(["slow"], None, "docker", 5) == 0
    assert " NO " in capsys.readouterr().out


def test_what_was_measured_before_a_failure_is_told_and_written(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WorkbookError):
        runner.run(["fast", "breaks"], None, "docker", 5)
    assert [entry["subject"] for entry in json.loads(written.read_text())["benchmarks"]] == ["fast", "slow"]
    said = capsys.readouterr().out
    assert "fast, one" in said and "slow, one" in said and str(written) in said
