"""Notebooks are cleaned before they are committed."""

import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from helpers.course import notebooks
from helpers.course.sections import discover

v4 = nbformat.v4
IDENTITY = ["-c", "user.name=Course", "-c", "user.email=course@example.org"]


@pytest.fixture
def used() -> NotebookNode:
    """A notebook as JupyterLab and papermill leave it."""
    cells = [
        v4.new_markdown_cell("# 01", id="title", metadata={"papermill": {"duration": 0.1}}),
        v4.new_code_cell("1 + 1", id="sum", execution_count=7, metadata={"collapsed": True, "tags": []}),
        v4.new_code_cell("section.check()", id="check", execution_count=9, metadata={"tags": [notebooks.KEEPS_OUTPUT]}),
    ]
    cells[1].outputs = [v4.new_output("execute_result", {"text/plain": "2"}, execution_count=7)]
    cells[2].outputs = [v4.new_output("stream", text="✓ It holds.\n")]
    metadata = {"kernelspec": {"name": "conda-env-py", "display_name": "My own"}, "papermill": {}, "widgets": {}}
    notebook: NotebookNode = v4.new_notebook(cells=cells, metadata=metadata)
    return notebook


def test_outputs_are_removed_except_those_of_check_cells(used: NotebookNode) -> None:
    assert used.cells[1].outputs
    clean = notebooks.cleaned(used)
    assert clean.cells[1].outputs == []
    assert clean.cells[1].execution_count is None
    assert clean.cells[2].outputs[0].text == "✓ It holds.\n"


def test_what_a_live_notebook_shows_of_a_check_is_kept_as_a_run_prints_it(used: NotebookNode) -> None:
    committed = notebooks.dumps(notebooks.cleaned(used))
    shown = {"text/html": "<b>✓</b> It holds.", "text/plain": "✓ It holds."}
    used.cells[2].outputs = [v4.new_output("display_data", shown)]
    assert notebooks.dumps(notebooks.cleaned(used)) == committed


def test_a_kept_output_gets_a_fixed_execution_count(used: NotebookNode) -> None:
    assert notebooks.cleaned(used).cells[2].execution_count == 2


def test_unneeded_metadata_is_removed(used: NotebookNode) -> None:
    clean = notebooks.cleaned(used)
    assert clean.metadata == notebooks.METADATA
    assert [cell.metadata for cell in clean.cells] == [{}, {}, {"tags": [notebooks.KEEPS_OUTPUT]}]


def test_cleaning_changes_no_source_and_no_id(used: NotebookNode) -> None:
    clean = notebooks.cleaned(used)
    assert [(cell.id, cell.source) for cell in clean.cells] == [(cell.id, cell.source) for cell in used.cells]


def test_cleaning_twice_changes_nothing(used: NotebookNode) -> None:
    clean = notebooks.cleaned(used)
    assert notebooks.dumps(notebooks.cleaned(clean)) == notebooks.dumps(clean)
    nbformat.validate(clean)


def test_check_outputs_are_adopted_from_an_executed_notebook(used: NotebookNode) -> None:
    executed = notebooks.cleaned(used)
    executed.cells[2].outputs[0].text = "✓ Something else holds.\n"
    assert notebooks.adopted(used, executed).cells[2].outputs[0].text == "✓ Something else holds.\n"


def test_the_output_of_a_check_that_failed_is_not_adopted(used: NotebookNode) -> None:
    executed = notebooks.cleaned(used)
    executed.cells[2].outputs.append(v4.new_output("error", ename="ClaimsFailed", evalue="1 of 1", traceback=[]))
    assert notebooks.adopted(used, executed).cells[2].outputs == used.cells[2].outputs


def test_the_command_lists_and_updates_outdated_notebooks(
    used: NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notebooks").mkdir()
    notebooks.save(used, tmp_path / "notebooks" / "01-naive.ipynb")
    monkeypatch.setattr(notebooks, "discover", lambda: discover(tmp_path))
    monkeypatch.setattr(notebooks, "PROJECT", tmp_path)
    monkeypatch.setattr(notebooks, "with_navigation", lambda sections: {})
    assert notebooks.main(["--check"]) == 1
    assert "notebooks/01-naive.ipynb is out of date." in capsys.readouterr().out
    assert notebooks.main([]) == 0
    assert notebooks.main(["--check"]) == 0


@pytest.fixture
def committed(used: NotebookNode, tmp_path: Path) -> Path:
    """A notebook in the last commit of a clone."""
    path = tmp_path / "01-naive.ipynb"
    notebooks.save(notebooks.cleaned(used), path)
    for command in (["init", "-q"], ["add", "."], [*IDENTITY, "commit", "-q", "-m", "The course"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return path


def test_a_notebook_that_was_only_run_has_its_committed_text(committed: Path, used: NotebookNode) -> None:
    course = committed.read_text(encoding="utf-8")
    notebooks.save(used, committed)
    assert committed.read_text(encoding="utf-8") != course
    assert notebooks.committed_unless_edited(committed, committed.parent) == course


@pytest.mark.parametrize(
    "change",
    [
        {"source": "1 + 2"},
        {"cell_type": "raw"},
        {"metadata": nbformat.from_dict({"tags": ["parameters"]})},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_edited_notebook_has_its_own_text(committed: Path, used: NotebookNode, change: dict[str, object]) -> None:
    used.cells[1].update(change)
    notebooks.save(used, committed)
    assert notebooks.committed_unless_edited(committed, committed.parent) == committed.read_text(encoding="utf-8")


def test_a_removed_cell_is_an_edit(committed: Path, used: NotebookNode) -> None:
    del used.cells[0]
    notebooks.save(used, committed)
    assert notebooks.committed_unless_edited(committed, committed.parent) == committed.read_text(encoding="utf-8")


def test_a_notebook_outside_git_has_its_own_text(used: NotebookNode, tmp_path: Path) -> None:
    notebooks.save(used, tmp_path / "01-naive.ipynb")
    assert notebooks.committed_unless_edited(tmp_path / "01-naive.ipynb", tmp_path) == notebooks.dumps(used)


def test_the_committed_notebooks_and_the_readmes_table_are_up_to_date() -> None:
    """To fix a failure, run `python3 -m helpers.course.notebooks`."""
    assert notebooks.stale(discover()) == []


def test_files_that_need_an_update_are_named(used: NotebookNode, tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    notebooks.save(used, tmp_path / "notebooks" / "01-naive.ipynb")
    (tmp_path / "README.md").write_text(f"{notebooks.BEGIN}\n{notebooks.END}\n")
    assert notebooks.stale(discover(tmp_path), tmp_path / "README.md") == ["01-naive.ipynb", "README.md"]
