"""A learner's session in a clone: after running, editing and saving, `git status` and the tests are still clean."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from helpers.core.paths import PROJECT
from helpers.course import notebooks
from helpers.course.notebooks import committed_unless_edited, is_dockerfile_cell
from helpers.course.sections import SectionFiles, discover
from helpers.measure.store import results_folder
from helpers.runner import testing
from tests.course.test_lab import announced, status

pytestmark = pytest.mark.machine

_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".workbook", "results", "my-course", "__pycache__", ".ipynb_checkpoints", ".*_cache"
)
_EXECUTE = ["-m", "jupyter", "execute", "--inplace", "--allow-errors"]
_CHECKS = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/course/test_hygiene.py", "tests/course/test_rules.py"]


class Clone:
    """A clone of the project's current state in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # The cache journal must be in this session's results folder, which is cleaned up at the end
        self.environment = {"PYTHONPATH": str(folder), "WORKBOOK_RESULTS": str(results_folder().resolve())}
        shutil.copytree(PROJECT, folder, ignore=_NOT_COPIED)
        self.git("init", "-q")
        self.git("add", ".")
        self.git("-c", "user.name=Course", "-c", "user.email=course@example.org", "commit", "-q", "-m", "The course")

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs Python in the current environment, with `helpers` from the clone."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=600,
        )

    def copies(self) -> tuple[SectionFiles, ...]:
        """The learner's copies, created or updated as by `lab`."""
        made = self.python("-c", "from helpers.course import copies; print(*copies.update(), sep='\\n')")
        assert made.returncode == 0, made.stderr
        return tuple(section.in_folder(self.folder / "my-course") for section in discover(self.folder))

    def sections(self) -> tuple[SectionFiles, ...]:
        return discover(self.folder)

    def run(self, path: Path) -> None:
        """Executes a notebook and saves it with its outputs."""
        done = self.python(*_EXECUTE, str(path))
        assert done.returncode == 0, done.stderr

    def test_summary(self) -> str:
        """The last line of pytest's output for the clone's notebooks."""
        return self.python(*_CHECKS).stdout.splitlines()[-1]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def without_engine(path: Path) -> None:
    """Replaces all cells but the Dockerfile cell with a print, so that no engine is needed."""
    mine = notebooks.load(path)
    for cell in notebooks.code_cells(mine):
        if not is_dockerfile_cell(cell):
            cell.source = "print('measured')"
    notebooks.save(mine, path)


def add_line(path: Path, line: str) -> None:
    """Adds a line to the Dockerfile cell, as a learner does."""
    mine = notebooks.load(path)
    next(cell for cell in mine.cells if is_dockerfile_cell(cell)).source += f"\n{line}"
    notebooks.save(mine, path)


def save_as_run(path: Path) -> None:
    """Changes the notebook like a saved run with a failed check: outputs, counts, widget state, metadata."""
    mine = notebooks.load(path)
    mine.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2}}
    mine.metadata["language_info"] = {"name": "python", "version": "3.13.1"}
    for count, cell in enumerate(notebooks.code_cells(mine), start=1):
        cell.execution_count = count + 10
        cell.metadata["execution"] = {"iopub.execute_input": "2026-11-24T04:00:00Z"}
        cell.outputs = [nbformat.v4.new_output("stream", text="✗ No.\n")]
    notebooks.save(mine, path)


def test_running_editing_and_saving_copies_keeps_git_status_clean(clone: Clone) -> None:
    for section in clone.copies()[1:3]:
        without_engine(section.notebook)
        add_line(section.notebook, "USER 1001")
        clone.run(section.notebook)
        assert section.dockerfile.read_text().endswith("USER 1001\n")
        assert "measured" in section.notebook.read_text()
    (clone.folder / "my-course/notebooks/.ipynb_checkpoints").mkdir()
    assert clone.git("status", "--porcelain") == ""
    assert " passed" in clone.test_summary() and "failed" not in clone.test_summary()


def test_the_tests_pass_after_a_run_saved_in_the_courses_own_notebooks(clone: Clone) -> None:
    for section in clone.sections():
        save_as_run(section.notebook)
    assert len(clone.git("status", "--porcelain").splitlines()) == len(clone.sections())
    assert " passed" in clone.test_summary() and "failed" not in clone.test_summary()


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        (lambda section: add_line(section.notebook, "USER 1001"), "writes_its_dockerfiles"),
        (lambda section: without_engine(section.notebook), "has_parameters"),
    ],
)
def test_a_developers_uncommitted_change_is_checked(
    clone: Clone, edit: Callable[[SectionFiles], None], broken: str
) -> None:
    edit(clone.sections()[5])
    done = clone.python(*_CHECKS)
    assert done.returncode == 1
    assert f"test_every_notebook_follows_the_rule[{broken}]" in done.stdout
    assert "05-separate-stages" in done.stdout


def test_outputs_are_checked_if_the_source_was_changed(clone: Clone) -> None:
    section = clone.sections()[5]
    save_as_run(section.notebook)
    mine = notebooks.load(section.notebook)
    mine.cells[0].source += "\n\nOne more sentence."
    notebooks.save(mine, section.notebook)
    done = clone.python(*_CHECKS)
    assert "test_the_committed_notebooks_and_the_readmes_table_are_up_to_date" in done.stdout
    assert "05-separate-stages" in done.stdout


def test_nbval_executes_a_clean_copy_of_a_notebook_with_a_saved_run(clone: Clone, tmp_path: Path) -> None:
    sections = clone.sections()
    save_as_run(sections[5].notebook)
    executed = testing._notebooks(sections, tmp_path / "copies")
    assert executed[5] == tmp_path / "copies/notebooks/05-separate-stages.ipynb"
    assert (
        executed[5].read_text()
        == committed_unless_edited(sections[5].notebook, clone.folder)
        != sections[5].notebook.read_text()
    )
    assert executed[:5] == [section.notebook for section in sections[:5]]


def test_nbval_executes_the_notebooks_themselves_if_they_were_not_run(clone: Clone, tmp_path: Path) -> None:
    sections = clone.sections()
    assert testing._notebooks(sections, tmp_path / "copies") == [section.notebook for section in sections]
    assert not (tmp_path / "copies").exists()


@pytest.mark.engine
def test_lab_creates_the_copies_and_opens_the_first(clone: Clone, tmp_path: Path) -> None:
    environment = {"BROWSER": "true", "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"), "PYTHONUNBUFFERED": "1"}
    with (tmp_path / "log").open("w") as log:
        command = [sys.executable, "-m", "helpers", "lab", "--yes"]
        started = subprocess.Popen(
            command,
            cwd=clone.folder,
            env={**os.environ, **clone.environment, **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            url = announced(tmp_path / "log")
            assert "/lab/tree/my-course/notebooks/00-start-here.ipynb?" in url
            assert status(url) == 200
            assert status(url.replace("/lab/tree/", "/api/contents/")) == 200
        finally:
            os.killpg(started.pid, signal.SIGTERM)
            started.wait(30)
    assert "Your own copies of the notebooks and Dockerfiles are in my-course." in (tmp_path / "log").read_text()
    assert clone.git("status", "--porcelain") == ""


@pytest.mark.engine
@pytest.mark.notebook
def test_a_real_section_uses_the_copied_dockerfile_and_reset_restores_it(clone: Clone) -> None:
    first = clone.copies()[0]
    trial = first.dockerfiles / "00-start-here.trial.Dockerfile"
    add_line(first.notebook, "COPY go.mod /of-a-learner")
    clone.run(first.notebook)
    assert "COPY go.mod /of-a-learner" in trial.read_text()
    saved = str([cell.outputs for cell in notebooks.code_cells(notebooks.load(first.notebook))])
    assert "/of-a-learner" in saved
    assert "-f my-course/dockerfiles/00-start-here.trial.Dockerfile" in saved
    assert clone.git("status", "--porcelain") == ""

    output = clone.python("-m", "helpers", "reset", "00").stdout
    assert "my-course/dockerfiles/00-start-here.trial.Dockerfile was reset to the course version." in output
    assert trial.read_text() == (clone.folder / "dockerfiles" / trial.name).read_text()
    kept = trial.with_name("00-start-here.trial.yours.Dockerfile")
    assert "COPY go.mod /of-a-learner" in kept.read_text()
    assert "/of-a-learner" not in "".join(cell.source for cell in notebooks.load(first.notebook).cells)
    assert clone.git("status", "--porcelain") == ""
