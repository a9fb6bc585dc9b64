"""Notebooks are committed clean: the flaw is there, it is cleaned, it is gone."""

import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from helpers.course import hygiene, notebook
from helpers.course.sections import discover

v4 = nbformat.v4
IDENTITY = ["-c", "user.name=Course", "-c", "user.email=course@example.org"]


@pytest.fixture
def used() -> NotebookNode:
    """A notebook as JupyterLab and papermill leave it."""
    cells = [
        v4.new_markdown_cell("# 01", id="title", metadata={"papermill": {"duration": 0.1}}),
        v4.new_code_cell("1 + 1", id="sum", execution_count=7, metadata={"collapsed": True, "tags": []}),
        v4.new_code_cell("section.check()", id="check", execution_count=9, metadata={"tags": [hygiene.KEEPS_OUTPUT]}),
    ]
    cells[1].outputs = [v4.new_output("execute_result", {"text/plain": "2"}, execution_count=7)]
    cells[2].outputs = [v4.new_output("stream", text="✓ It holds.\n")]
    metadata = {"kernelspec": {"name": "conda-env-py", "display_name": "My own"}, "papermill": {}, "widgets": {}}
    return v4.new_notebook(cells=cells, metadata=metadata)


def test_outputs_go_but_those_of_check_cells(used: NotebookNode) -> None:
    assert used.cells[1].outputs
    clean = hygiene.cleaned(used)
    assert clean.cells[1].outputs == []
    assert clean.cells[1].execution_count is None
    assert clean.cells[2].outputs[0].text == "✓ It holds.\n"


def test_a_kept_output_keeps_a_count_that_is_always_the_same(used: NotebookNode) -> None:
    assert hygiene.cleaned(used).cells[2].execution_count == 2


def test_metadata_go_but_what_somebody_needs(used: NotebookNode) -> None:
    clean = hygiene.cleaned(used)
    assert clean.metadata == hygiene.METADATA
    assert [cell.metadata for cell in clean.cells] == [{}, {}, {"tags": [hygiene.KEEPS_OUTPUT]}]


def test_cleaning_changes_no_word_and_no_name(used: NotebookNode) -> None:
    clean = hygiene.cleaned(used)
    assert [(cell.id, cell.source) for cell in clean.cells] == [(cell.id, cell.source) for cell in used.cells]


def test_what_is_clean_stays_as_it_is(used: NotebookNode) -> None:
    clean = hygiene.cleaned(used)
    assert notebook.dumps(hygiene.cleaned(clean)) == notebook.dumps(clean)
    nbformat.validate(clean)


def test_check_outputs_are_adopted_from_an_executed_notebook(used: NotebookNode) -> None:
    executed = hygiene.cleaned(used)
    executed.cells[2].outputs[0].text = "✓ Something else holds.\n"
    assert hygiene.adopted(used, executed).cells[2].outputs[0].text == "✓ Something else holds.\n"


def test_the_output_of_a_check_that_failed_is_not_adopted(used: NotebookNode) -> None:
    executed = hygiene.cleaned(used)
    executed.cells[2].outputs.append(v4.new_output("error", ename="ClaimsFailed", evalue="1 of 1", traceback=[]))
    assert hygiene.adopted(used, executed).cells[2].outputs == used.cells[2].outputs


def test_the_command_says_what_is_not_in_order_and_puts_it_in_order(
    used: NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notebooks").mkdir()
    notebook.save(used, tmp_path / "notebooks" / "01-naive.ipynb")
    monkeypatch.setattr(hygiene, "discover", lambda: discover(tmp_path))
    monkeypatch.setattr(hygiene, "PROJECT", tmp_path)
    monkeypatch.setattr(hygiene.navigation, "wanted", lambda sections: {})
    assert hygiene.main(["--check"]) == 1
    assert "notebooks/01-naive.ipynb is not in order" in capsys.readouterr().out
    assert hygiene.main([]) == 0
    assert hygiene.main(["--check"]) == 0


@pytest.fixture
def committed(used: NotebookNode, tmp_path: Path) -> Path:
    """A notebook in the last commit of a clone."""
    path = tmp_path / "01-naive.ipynb"
    notebook.save(hygiene.cleaned(used), path)
    for command in (["init", "-q"], ["add", "."], [*IDENTITY, "commit", "-q", "-m", "The course"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return path


def test_of_a_notebook_that_was_only_run_the_committed_text_counts(committed: Path, used: NotebookNode) -> None:
    course = committed.read_text(encoding="utf-8")
    notebook.save(used, committed)
    assert committed.read_text(encoding="utf-8") != course
    assert hygiene.unrun(committed, committed.parent) == course


@pytest.mark.parametrize(
    "change",
    [
        {"source": "1 + 2"},
        {"cell_type": "raw"},
        {"metadata": nbformat.from_dict({"tags": ["parameters"]})},
    ],
    ids=lambda change: next(iter(change)),
)
def test_of_one_that_was_changed_its_own_text_counts(
    committed: Path, used: NotebookNode, change: dict[str, object]
) -> None:
    used.cells[1].update(change)
    notebook.save(used, committed)
    assert hygiene.unrun(committed, committed.parent) == committed.read_text(encoding="utf-8")


def test_a_cell_more_or_less_is_a_change_too(committed: Path, used: NotebookNode) -> None:
    del used.cells[0]
    notebook.save(used, committed)
    assert hygiene.unrun(committed, committed.parent) == committed.read_text(encoding="utf-8")


def test_without_a_history_the_files_own_text_counts(used: NotebookNode, tmp_path: Path) -> None:
    notebook.save(used, tmp_path / "01-naive.ipynb")
    assert hygiene.unrun(tmp_path / "01-naive.ipynb", tmp_path) == notebook.dumps(used)


@pytest.mark.parametrize("section", discover(), ids=lambda section: section.name)
def test_the_committed_notebooks_are_in_order(section: hygiene.SectionFiles) -> None:
    """Where this fails: python3 -m helpers.course.hygiene"""
    text = hygiene.unrun(section.notebook)
    assert text == hygiene.in_order(notebook.loads(text), section, discover())
