"""Every way in which a notebook can go wrong is understood, each shown by a small notebook named after it."""

import errno
import json
from pathlib import Path

import pytest

from helpers.course import execution, notebook, sections, verdict
from helpers.course.outcome import Outcome
from helpers.records.errors import DiskFull

pytestmark = pytest.mark.notebook
NOTEBOOKS = Path(__file__).parent / "notebooks"


class Executed:
    """A fixture notebook's outcome, what it printed, and the executed file."""

    def __init__(self, name: str, folder: Path, parameters: dict[str, str] | None = None, timeout: float = 60) -> None:
        self.lines: list[str] = []
        self.target = folder / f"{name}.ipynb"
        given = {"scenarios": "all"} if parameters is None else parameters
        source = NOTEBOOKS / f"{name}.ipynb"
        self.outcome: Outcome = execution.execute(source, self.target, given, timeout, self.lines.append)

    def why(self) -> str:
        assert self.outcome.failure is not None
        return str(self.outcome.failure)


def test_a_notebook_that_passes(tmp_path: Path) -> None:
    executed = Executed("01-passes", tmp_path)
    assert executed.outcome.status == "passed"
    assert executed.lines == ["scenarios: all", "folder: notebooks"]
    assert 0 < executed.outcome.seconds < 60


def test_an_error_is_told_with_its_cell_and_without_a_call_stack(tmp_path: Path) -> None:
    executed = Executed("02-raises", tmp_path)
    assert executed.outcome.status == "failed"
    assert executed.why() == "cell 2 (1 / 0): ZeroDivisionError: division by zero"
    assert executed.lines == []


def test_the_executed_notebook_keeps_its_own_cells_only(tmp_path: Path) -> None:
    source = notebook.load(NOTEBOOKS / "02-raises.ipynb")
    cells = notebook.load(Executed("02-raises", tmp_path).target).cells
    kept = [cell.source for cell in cells if verdict.INJECTED not in notebook.tags(cell)]
    assert kept == [cell.source for cell in source.cells]


def test_a_dead_kernel(tmp_path: Path) -> None:
    executed = Executed("03-kernel-dies", tmp_path)
    assert executed.why() == f"cell 2 (import os): {execution.DEAD}"
    assert executed.outcome.seconds < 30


def test_a_half_run_is_not_a_pass(tmp_path: Path) -> None:
    assert Executed("04-exits-early", tmp_path).why() == f"cell 2 (import sys): {verdict.EXITED}"


def test_a_cell_that_never_ends_is_stopped(tmp_path: Path) -> None:
    executed = Executed("05-never-ends", tmp_path, timeout=3)
    assert executed.why() == f"cell 2 (import time): {execution.TIMED_OUT.format(seconds=3)}"
    assert executed.outcome.seconds < 30


def test_a_cell_that_is_stopped_has_time_to_tidy_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_TIDIED", str(tmp_path / "tidied"))
    executed = Executed("09-tidies-up-slowly", tmp_path, timeout=2)
    assert executed.why().endswith(execution.TIMED_OUT.format(seconds=2))
    assert (tmp_path / "tidied").exists()


def test_an_error_that_is_meant_to_be_shown_is_a_pass(tmp_path: Path) -> None:
    executed = Executed("06-shows-an-error", tmp_path)
    assert executed.outcome.failure is None
    assert executed.lines == ["after"]


def test_an_error_that_was_to_be_shown_and_did_not_come(tmp_path: Path) -> None:
    assert Executed("07-shows-no-error", tmp_path).why() == f"cell 2 (1 / 1): {verdict.DID_NOT_FAIL}"


def test_our_own_errors_keep_their_mend(tmp_path: Path) -> None:
    assert Executed("08-fails-with-a-mend", tmp_path).why().endswith("BuildFailed: go.mod is missing.\n→ Put it back.")


def test_an_unknown_parameter_is_refused_before_anything_runs(tmp_path: Path) -> None:
    executed = Executed("01-passes", tmp_path, {"scenarios": "all", "scenarioes": "all"})
    assert executed.why() == execution.UNKNOWN_PARAMETER.format(name="scenarioes")
    assert not executed.target.exists()


def test_a_file_that_is_no_notebook(tmp_path: Path) -> None:
    (tmp_path / "13-broken.ipynb").write_text("no notebook")
    outcome = execution.execute(tmp_path / "13-broken.ipynb", tmp_path / "out.ipynb", {})
    assert outcome.failure is not None
    assert "JSON" in outcome.failure.reason


def test_odd_names_of_folders_are_paths_and_not_patterns(tmp_path: Path) -> None:
    odd = tmp_path / "{braces} and spaces"
    odd.mkdir()
    assert Executed("01-passes", odd).outcome.status == "passed"


def test_the_source_stays_as_it_is(tmp_path: Path) -> None:
    before = (NOTEBOOKS / "02-raises.ipynb").read_bytes()
    Executed("02-raises", tmp_path)
    assert (NOTEBOOKS / "02-raises.ipynb").read_bytes() == before


def test_a_full_disk_is_nobodys_failure_but_the_disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(execution.papermill, "execute_notebook", full)
    with pytest.raises(DiskFull) as caught:
        Executed("01-passes", tmp_path)
    assert str(tmp_path) in caught.value.message


def test_the_executed_notebook_says_nothing_of_where_it_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    text = Executed("02-raises", tmp_path).target.read_text()
    assert str(tmp_path) not in text and str(NOTEBOOKS) not in text and str(sections.PROJECT) not in text
    papermill = json.loads(text)["metadata"]["papermill"]
    assert (papermill["input_path"], papermill["output_path"]) == ("02-raises.ipynb", "02-raises.ipynb")


def test_nor_does_one_that_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = execution.papermill.execute_notebook

    def interrupted(*arguments: object, **options: object) -> None:
        whole(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(execution.papermill, "execute_notebook", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Executed("01-passes", tmp_path)
    text = (tmp_path / "01-passes.ipynb").read_text()
    assert "scenarios: all" in text and str(tmp_path) not in text and str(NOTEBOOKS) not in text


def test_half_a_notebook_of_an_interrupted_run_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(source: str, target: str, *_: object, **__: object) -> None:
        Path(target).write_text('{"cells": [')
        raise KeyboardInterrupt

    monkeypatch.setattr(execution.papermill, "execute_notebook", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Executed("01-passes", tmp_path)
    assert not (tmp_path / "01-passes.ipynb").exists()


def test_what_cells_print_moves_no_cursor() -> None:
    lines: list[str] = []
    execution.Feed(lines.append).write("\x1b]0;owned\x07\x1b[2Jcleared \x9b31mred\u202e\n")
    assert lines == ["cleared red"]


def test_output_arrives_by_whole_lines() -> None:
    lines: list[str] = []
    feed = execution.Feed(lines.append)
    for piece in ("one\ntw", "o\n", "10 %\r20 %\rthree\n", "rest"):
        feed.write(piece)
    assert lines == ["one", "two", "three"]
