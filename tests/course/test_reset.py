"""`reset` restores the committed text in the file and in the notebook, and saves what the learner wrote."""

import subprocess
from functools import partial
from pathlib import Path

import nbformat
import pytest

from helpers.core.errors import WorkbookError
from helpers.course import copies, notebooks, reset, sections

COURSE = "FROM golang\nCMD go run ./main.go\n"
YOURS = "FROM golang:1.19\nCMD go run ./main.go\n"


def git(project: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Learner", "-c", "user.email=learner@example.org"]
    command = ["git", *identity, "-C", str(project), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def dockerfile_cell(text: str) -> str:
    return "%%writefile ../dockerfiles/01-naive.Dockerfile\n" + text.rstrip("\n")


@pytest.fixture
def files(tmp_path: Path) -> sections.SectionFiles:
    """A clone with one section in it."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "dockerfiles").mkdir()
    (tmp_path / ".gitignore").write_text("*.yours*.Dockerfile\n/my-course/\n")
    (tmp_path / "dockerfiles" / "01-naive.Dockerfile").write_text(COURSE)
    cells = [nbformat.v4.new_markdown_cell("# 01 · Naive"), nbformat.v4.new_code_cell(dockerfile_cell(COURSE))]
    notebooks.save(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "01-naive.ipynb")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "The course")
    return sections.discover(tmp_path)[0]


def project_of(files: sections.SectionFiles) -> Path:
    return files.notebook.parents[1]


def edit(files: sections.SectionFiles, text: str) -> None:
    """Changes the cell and the file, as a learner does."""
    mine = notebooks.load(files.notebook)
    mine.cells[1].source = dockerfile_cell(text)
    mine.cells[1].execution_count = 7
    notebooks.save(mine, files.notebook)
    files.dockerfile.write_text(text)


def test_file_and_cell_are_reset_and_the_learners_text_is_saved_once(files: sections.SectionFiles) -> None:
    edit(files, YOURS)
    lines = reset.put_back(files, project_of(files))
    assert files.dockerfile.read_text() == COURSE
    assert notebooks.load(files.notebook).cells[1].source == dockerfile_cell(COURSE)
    assert git(project_of(files), "status", "--porcelain") == ""
    assert [path.read_text() for path in files.dockerfiles.glob("*.yours*")] == [YOURS]
    assert sum("Your text was saved" in line for line in lines) == 1


def test_a_second_text_does_not_overwrite_the_first(files: sections.SectionFiles) -> None:
    for text in (YOURS, YOURS + "USER 1001\n", YOURS):
        edit(files, text)
        reset.put_back(files, project_of(files))
    kept = sorted(files.dockerfiles.glob("*.yours*"))
    assert [path.name for path in kept] == ["01-naive.yours-2.Dockerfile", "01-naive.yours.Dockerfile"]
    assert {path.read_text() for path in kept} == {YOURS, YOURS + "USER 1001\n"}


def test_a_file_and_a_cell_that_differ_are_both_saved(files: sections.SectionFiles) -> None:
    edit(files, YOURS)
    files.dockerfile.write_text("FROM scratch\n")
    reset.put_back(files, project_of(files))
    assert {path.read_text() for path in files.dockerfiles.glob("*.yours*")} == {YOURS, "FROM scratch\n"}


def test_text_that_the_learner_wrote_is_kept(files: sections.SectionFiles) -> None:
    edit(files, YOURS)
    mine = notebooks.load(files.notebook)
    mine.cells[0].source += "\n\nMy own note."
    notebooks.save(mine, files.notebook)
    reset.put_back(files, project_of(files))
    assert "My own note." in notebooks.load(files.notebook).cells[0].source


def test_a_deleted_file_and_cell_are_restored(files: sections.SectionFiles) -> None:
    mine = notebooks.load(files.notebook)
    del mine.cells[1]
    notebooks.save(mine, files.notebook)
    files.dockerfile.unlink()
    reset.put_back(files, project_of(files))
    assert files.dockerfile.read_text() == COURSE
    assert git(project_of(files), "status", "--porcelain") == ""
    assert list(files.dockerfiles.glob("*.yours*")) == []


def test_unchanged_files_are_not_written(files: sections.SectionFiles) -> None:
    before = files.notebook.stat().st_mtime_ns, files.dockerfile.stat().st_mtime_ns
    assert reset.put_back(files, project_of(files)) == []
    assert (files.notebook.stat().st_mtime_ns, files.dockerfile.stat().st_mtime_ns) == before


def test_without_git_history_there_is_an_error_and_no_change(files: sections.SectionFiles, tmp_path: Path) -> None:
    (tmp_path / ".git").rename(tmp_path / "elsewhere")
    edit(files, YOURS)
    with pytest.raises(WorkbookError) as caught:
        reset.put_back(files, tmp_path)
    assert caught.value.exit_status == 2
    assert caught.value.hint == sections.CLONE
    assert files.dockerfile.read_text() == YOURS


def test_without_git_there_is_an_error(files: sections.SectionFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(WorkbookError, match="git is not installed"):
        sections.committed(files.dockerfile, project_of(files))


@pytest.fixture
def copy(files: sections.SectionFiles) -> sections.SectionFiles:
    """The learner's copy of that section, in a folder that git ignores."""
    project = project_of(files)
    copies.update(project / "my-course", project)
    return files.in_folder(project / "my-course")


def test_a_learners_copy_is_reset_and_the_courses_own_is_not_touched(
    files: sections.SectionFiles, copy: sections.SectionFiles
) -> None:
    edit(copy, YOURS)
    before = files.notebook.stat().st_mtime_ns, files.dockerfile.stat().st_mtime_ns
    lines = reset.put_back(copy, project_of(files))
    assert copy.dockerfile.read_text() == COURSE
    assert notebooks.load(copy.notebook).cells[1].source == dockerfile_cell(COURSE)
    assert [path.read_text() for path in copy.dockerfiles.glob("*.yours*")] == [YOURS]
    assert "Your text was saved as my-course/dockerfiles/01-naive.yours.Dockerfile." in lines
    assert "my-course/dockerfiles/01-naive.Dockerfile was reset to the course version." in lines
    assert (files.notebook.stat().st_mtime_ns, files.dockerfile.stat().st_mtime_ns) == before


def test_a_copied_dockerfile_without_its_notebook_is_reset(
    files: sections.SectionFiles, copy: sections.SectionFiles
) -> None:
    copy.notebook.unlink()
    copy.dockerfile.write_text(YOURS)
    reset.put_back(copy, project_of(files))
    assert copy.dockerfile.read_text() == COURSE


@pytest.mark.parametrize("have_copies", [False, True])
def test_the_command_resets_the_copies_if_there_are_any(
    files: sections.SectionFiles,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    have_copies: bool,
) -> None:
    project = project_of(files)
    if have_copies:
        edit(request.getfixturevalue("copy"), YOURS)
    monkeypatch.setattr(reset, "FOLDER", project / "my-course")
    monkeypatch.setattr(reset, "discover", lambda: (files,))
    monkeypatch.setattr(reset, "put_back", partial(reset.put_back, project=project))
    output = "\n".join(reset.reset())
    assert ("my-course/dockerfiles/01-naive.Dockerfile was reset to the course version." in output) == have_copies
    assert ("Nothing to do" in output) != have_copies
