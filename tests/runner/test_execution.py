"""Every kind of notebook failure is recognized; each has a fixture notebook named after it."""

import errno
import json
from pathlib import Path

import papermill  # type: ignore[import-untyped]
import pytest

from helpers.core.errors import DiskFull
from helpers.core.paths import PROJECT
from helpers.course import notebooks
from helpers.runner import execution
from helpers.runner.outcome import Outcome

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


def test_an_error_is_reported_with_its_cell_and_without_a_traceback(tmp_path: Path) -> None:
    executed = Executed("02-raises", tmp_path)
    assert executed.outcome.status == "failed"
    assert executed.why() == "cell 2 (1 / 0): ZeroDivisionError: division by zero"
    assert executed.lines == []


def test_the_executed_notebook_has_no_extra_cells(tmp_path: Path) -> None:
    source = notebooks.load(NOTEBOOKS / "02-raises.ipynb")
    cells = notebooks.load(Executed("02-raises", tmp_path).target).cells
    kept = [cell.source for cell in cells if execution.INJECTED not in notebooks.tags(cell)]
    assert kept == [cell.source for cell in source.cells]


def test_a_dead_kernel(tmp_path: Path) -> None:
    executed = Executed("03-kernel-dies", tmp_path)
    assert executed.why() == f"cell 2 (import os): {execution.DEAD}"
    assert executed.outcome.seconds < 30


def test_a_notebook_that_exits_early_fails(tmp_path: Path) -> None:
    assert Executed("04-exits-early", tmp_path).why() == f"cell 2 (import sys): {execution.EXITED}"


def test_a_cell_that_never_ends_is_stopped(tmp_path: Path) -> None:
    executed = Executed("05-never-ends", tmp_path, timeout=3)
    assert executed.why() == f"cell 2 (import time): {execution.TIMED_OUT.format(seconds=3)}"
    assert executed.outcome.seconds < 30


def test_a_stopped_cell_has_time_to_clean_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_TIDIED", str(tmp_path / "tidied"))
    executed = Executed("09-tidies-up-slowly", tmp_path, timeout=2)
    assert executed.why().endswith(execution.TIMED_OUT.format(seconds=2))
    assert (tmp_path / "tidied").exists()


def test_an_expected_error_passes(tmp_path: Path) -> None:
    executed = Executed("06-shows-an-error", tmp_path)
    assert executed.outcome.failure is None
    assert executed.lines == ["after"]


def test_a_missing_expected_error_fails(tmp_path: Path) -> None:
    assert Executed("07-shows-no-error", tmp_path).why() == f"cell 2 (1 / 1): {execution.DID_NOT_FAIL}"


def test_our_own_errors_keep_their_hint(tmp_path: Path) -> None:
    assert Executed("08-fails-with-a-hint", tmp_path).why().endswith("BuildFailed: go.mod is missing.\n→ Put it back.")


def test_an_unknown_parameter_fails_before_anything_runs(tmp_path: Path) -> None:
    executed = Executed("01-passes", tmp_path, {"scenarios": "all", "scenarioes": "all"})
    assert executed.why() == execution.UNKNOWN_PARAMETER.format(name="scenarioes")
    assert not executed.target.exists()


def test_a_file_that_is_not_a_notebook(tmp_path: Path) -> None:
    (tmp_path / "13-broken.ipynb").write_text("no notebook")
    outcome = execution.execute(tmp_path / "13-broken.ipynb", tmp_path / "out.ipynb", {})
    assert outcome.failure is not None
    assert "JSON" in outcome.failure.reason


def test_braces_and_spaces_in_folder_names_are_literal(tmp_path: Path) -> None:
    odd = tmp_path / "{braces} and spaces"
    odd.mkdir()
    assert Executed("01-passes", odd).outcome.status == "passed"


def test_the_source_notebook_is_not_changed(tmp_path: Path) -> None:
    before = (NOTEBOOKS / "02-raises.ipynb").read_bytes()
    Executed("02-raises", tmp_path)
    assert (NOTEBOOKS / "02-raises.ipynb").read_bytes() == before


def test_a_full_disk_is_not_the_notebooks_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(papermill, "execute_notebook", full)
    with pytest.raises(DiskFull) as caught:
        Executed("01-passes", tmp_path)
    assert str(tmp_path) in caught.value.message


def test_the_executed_notebook_contains_no_local_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    text = Executed("02-raises", tmp_path).target.read_text()
    assert str(tmp_path) not in text and str(NOTEBOOKS) not in text and str(PROJECT) not in text
    papermill = json.loads(text)["metadata"]["papermill"]
    assert (papermill["input_path"], papermill["output_path"]) == ("02-raises.ipynb", "02-raises.ipynb")


def test_an_interrupted_notebook_contains_no_local_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = papermill.execute_notebook

    def interrupted(*arguments: object, **options: object) -> None:
        original(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(papermill, "execute_notebook", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Executed("01-passes", tmp_path)
    text = (tmp_path / "01-passes.ipynb").read_text()
    assert "scenarios: all" in text and str(tmp_path) not in text and str(NOTEBOOKS) not in text


def test_an_incomplete_notebook_is_removed_on_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(source: str, target: str, *_: object, **__: object) -> None:
        Path(target).write_text('{"cells": [')
        raise KeyboardInterrupt

    monkeypatch.setattr(papermill, "execute_notebook", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Executed("01-passes", tmp_path)
    assert not (tmp_path / "01-passes.ipynb").exists()


def test_control_sequences_are_removed_from_output() -> None:
    lines: list[str] = []
    execution.LineWriter(lines.append).write("\x1b]0;owned\x07\x1b[2Jcleared \x9b31mred\u202e\n")
    assert lines == ["cleared red"]


def test_output_is_passed_on_in_complete_lines() -> None:
    lines: list[str] = []
    writer = execution.LineWriter(lines.append)
    for piece in ("one\ntw", "o\n", "10 %\r20 %\rthree\n", "rest"):
        writer.write(piece)
    assert lines == ["one", "two", "three"]
