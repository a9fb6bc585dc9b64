"""A learner's day in a clone: they run, edit and save, and `git status` and `test` stay clean."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from helpers.course import notebook, testing
from helpers.course.hygiene import unrun
from helpers.course.notebook import is_dockerfile_cell
from helpers.course.sections import PROJECT, SectionFiles, discover
from helpers.experiment.store import results_folder
from tests.course.test_lab import announced, status

pytestmark = pytest.mark.machine

_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".workbook", "results", "my-course", "__pycache__", ".ipynb_checkpoints", ".*_cache"
)
_EXECUTE = ["-m", "jupyter", "execute", "--inplace", "--allow-errors"]
_CHECKS = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/course/test_hygiene.py", "tests/course/test_rules.py"]


class Clone:
    """The project as it is now, committed, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # What is noted about the engine's cache goes where this session looks for it
        self.environment = {"PYTHONPATH": str(folder), "WORKBOOK_RESULTS": str(results_folder().resolve())}
        shutil.copytree(PROJECT, folder, ignore=_NOT_COPIED)
        self.git("init", "-q")
        self.git("add", ".")
        self.git("-c", "user.name=Course", "-c", "user.email=course@example.org", "commit", "-q", "-m", "The course")

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A process of the environment at work that takes `helpers` from the clone."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=600,
        )

    def copies(self) -> tuple[SectionFiles, ...]:
        """The learner's copies, made or updated as `lab` does."""
        made = self.python("-c", "from helpers.course import copies; print(*copies.update(), sep='\\n')")
        assert made.returncode == 0, made.stderr
        return tuple(section.in_folder(self.folder / "my-course") for section in discover(self.folder))

    def sections(self) -> tuple[SectionFiles, ...]:
        return discover(self.folder)

    def run(self, path: Path) -> None:
        """Executes a notebook and saves it with all that this leaves in it."""
        done = self.python(*_EXECUTE, str(path))
        assert done.returncode == 0, done.stderr

    def passes(self) -> str:
        """What pytest says last of the clone's notebooks."""
        return self.python(*_CHECKS).stdout.splitlines()[-1]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def without_engine(path: Path) -> None:
    """Leaves the notebook's Dockerfile cell and makes the rest quick to run, with something to print."""
    mine = notebook.load(path)
    for cell in notebook.code_cells(mine):
        if not is_dockerfile_cell(cell):
            cell.source = "print('measured')"
    notebook.save(mine, path)


def add_line(path: Path, line: str) -> None:
    """A learner's edit of the Dockerfile cell."""
    mine = notebook.load(path)
    next(cell for cell in mine.cells if is_dockerfile_cell(cell)).source += f"\n{line}"
    notebook.save(mine, path)


def save_as_run(path: Path) -> None:
    """A saved run that ended in a failed check: outputs, counts, widgets' state, other metadata."""
    mine = notebook.load(path)
    mine.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2}}
    mine.metadata["language_info"] = {"name": "python", "version": "3.13.1"}
    for count, cell in enumerate(notebook.code_cells(mine), start=1):
        cell.execution_count = count + 10
        cell.metadata["execution"] = {"iopub.execute_input": "2026-11-24T04:00:00Z"}
        cell.outputs = [nbformat.v4.new_output("stream", text="✗ No.\n")]
    notebook.save(mine, path)


def test_running_editing_and_saving_copies_leaves_no_trace(clone: Clone) -> None:
    for section in clone.copies()[1:3]:
        without_engine(section.notebook)
        add_line(section.notebook, "USER 1001")
        clone.run(section.notebook)
        assert section.dockerfile.read_text().endswith("USER 1001\n")
        assert "measured" in section.notebook.read_text()
    (clone.folder / "my-course/notebooks/.ipynb_checkpoints").mkdir()
    assert clone.git("status", "--porcelain") == ""
    assert " passed" in clone.passes() and "failed" not in clone.passes()


def test_a_run_saved_in_the_courses_own_notebooks_leaves_the_tests_green(clone: Clone) -> None:
    for section in clone.sections():
        save_as_run(section.notebook)
    assert len(clone.git("status", "--porcelain").splitlines()) == len(clone.sections())
    assert " passed" in clone.passes() and "failed" not in clone.passes()


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        (lambda section: add_line(section.notebook, "USER 1001"), "writes_its_dockerfiles"),
        (lambda section: without_engine(section.notebook), "has_parameters"),
    ],
)
def test_a_developers_change_is_still_checked_though_nobody_committed_it(
    clone: Clone, edit: Callable[[SectionFiles], None], broken: str
) -> None:
    edit(clone.sections()[5])
    done = clone.python(*_CHECKS)
    assert done.returncode == 1
    assert f"test_every_notebook_keeps_every_rule[{broken}-05-separate-stages]" in done.stdout


def test_a_developers_outputs_are_still_checked_where_they_changed_the_source(clone: Clone) -> None:
    section = clone.sections()[5]
    save_as_run(section.notebook)
    mine = notebook.load(section.notebook)
    mine.cells[0].source += "\n\nOne more sentence."
    notebook.save(mine, section.notebook)
    done = clone.python(*_CHECKS)
    assert "test_the_committed_notebooks_are_in_order[05-separate-stages]" in done.stdout


def test_nbval_executes_a_copy_of_a_notebook_that_has_a_saved_run(clone: Clone, tmp_path: Path) -> None:
    sections = clone.sections()
    save_as_run(sections[5].notebook)
    executed = testing._notebooks(sections, tmp_path / "copies")
    assert executed[5] == tmp_path / "copies/notebooks/05-separate-stages.ipynb"
    assert executed[5].read_text() == unrun(sections[5].notebook, clone.folder) != sections[5].notebook.read_text()
    assert executed[:5] == [section.notebook for section in sections[:5]]


def test_nbval_executes_the_notebooks_themselves_where_nobody_ran_them(clone: Clone, tmp_path: Path) -> None:
    sections = clone.sections()
    assert testing._notebooks(sections, tmp_path / "copies") == [section.notebook for section in sections]
    assert not (tmp_path / "copies").exists()


@pytest.mark.engine
def test_lab_makes_the_copies_and_opens_the_first_of_them(clone: Clone, tmp_path: Path) -> None:
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
def test_a_real_section_measures_the_copys_dockerfile_and_reset_brings_the_courses_back(clone: Clone) -> None:
    first = clone.copies()[0]
    trial = first.dockerfiles / "00-start-here.trial.Dockerfile"
    add_line(first.notebook, "COPY go.mod /of-a-learner")
    clone.run(first.notebook)
    assert "COPY go.mod /of-a-learner" in trial.read_text()
    saved = str([cell.outputs for cell in notebook.code_cells(notebook.load(first.notebook))])
    assert "/of-a-learner" in saved
    assert "-f my-course/dockerfiles/00-start-here.trial.Dockerfile" in saved
    assert clone.git("status", "--porcelain") == ""

    said = clone.python("-m", "helpers", "reset", "00").stdout
    assert "my-course/dockerfiles/00-start-here.trial.Dockerfile is as the course has it again." in said
    assert trial.read_text() == (clone.folder / "dockerfiles" / trial.name).read_text()
    kept = trial.with_name("00-start-here.trial.yours.Dockerfile")
    assert "COPY go.mod /of-a-learner" in kept.read_text()
    assert "/of-a-learner" not in "".join(cell.source for cell in notebook.load(first.notebook).cells)
    assert clone.git("status", "--porcelain") == ""
