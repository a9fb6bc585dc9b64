"""The learner's copies: made once, updated where the learner changed nothing, never overwritten where they did."""

import re
import subprocess
from pathlib import Path

import nbformat
import pytest

from helpers.course import copies, notebook
from helpers.course.hygiene import METADATA
from helpers.course.section import _hint
from helpers.course.sections import MARK, PROJECT, SectionFiles, at_work, discover, find
from helpers.course.subject import Subject

v4 = nbformat.v4
COURSE, NEWER, MINE = "FROM golang\n", "FROM golang:1.19\n", "FROM golang\nUSER 1001\n"
NOTEBOOK, DOCKERFILE = "notebooks/01-naive.ipynb", "dockerfiles/01-naive.Dockerfile"


def publish(project: Path, text: str, prose: str = "# 01 · Naive") -> None:
    """The course's section 01 with this Dockerfile, in the notebook and beside it."""
    cells = [
        v4.new_markdown_cell(prose, id="title"),
        v4.new_code_cell(f"%%writefile ../dockerfiles/01-naive.Dockerfile\n{text}".rstrip("\n"), id="dockerfile"),
        v4.new_code_cell("1 + 1", id="sum"),
    ]
    notebook.save(v4.new_notebook(cells=cells, metadata=METADATA), project / NOTEBOOK)
    (project / DOCKERFILE).write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A course of two sections."""
    for name in ("notebooks", "dockerfiles"):
        (tmp_path / "course" / name).mkdir(parents=True)
    publish(tmp_path / "course", COURSE)
    second = v4.new_notebook(cells=[v4.new_markdown_cell("# 02 · Pin", id="title")], metadata=METADATA)
    notebook.save(second, tmp_path / "course/notebooks/02-pin.ipynb")
    return tmp_path / "course"


@pytest.fixture
def folder(project: Path) -> Path:
    """The learner's copies of it."""
    copies.update(project / "mine", project)
    return project / "mine"


def cell(folder: Path, name: str) -> nbformat.NotebookNode:
    return next(cell for cell in notebook.load(folder / NOTEBOOK).cells if cell.id == name)


def change(folder: Path, name: str, source: str) -> None:
    mine = notebook.load(folder / NOTEBOOK)
    next(cell for cell in mine.cells if cell.id == name).source = source
    notebook.save(mine, folder / NOTEBOOK)


def run(folder: Path) -> None:
    """What running and saving leaves in a notebook: outputs, counts, metadata."""
    mine = notebook.load(folder / NOTEBOOK)
    mine.metadata = nbformat.from_dict({"language_info": {"version": "3.13.1"}, "widgets": {"state": {}}})
    mine.cells[2].outputs = [v4.new_output("execute_result", {"text/plain": "2"}, execution_count=9)]
    mine.cells[2].execution_count = 9
    mine.cells[2].metadata = nbformat.from_dict({"collapsed": True})
    notebook.save(mine, folder / NOTEBOOK)


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_first_time_everything_is_copied_and_said_to_be(project: Path) -> None:
    (line,) = copies.update(project / "mine", project)
    assert line.startswith("Your own copies of the notebooks and Dockerfiles are in ")
    for name in (NOTEBOOK, "notebooks/02-pin.ipynb", DOCKERFILE):
        assert (project / "mine" / name).read_bytes() == (project / name).read_bytes()
    assert "[01 · Naive](notebooks/01-naive.ipynb)" in (project / "mine/README.md").read_text()


def test_the_second_time_nothing_is_changed_and_nothing_said(project: Path, folder: Path) -> None:
    change(folder, "sum", "2 + 2")
    run(folder)
    before = state(folder)
    assert copies.update(folder, project) == []
    assert state(folder) == before


def test_what_the_course_left_in_its_own_notebooks_is_not_copied(project: Path) -> None:
    run(project)
    copies.update(project / "mine", project)
    assert cell(project / "mine", "sum").outputs == []


@pytest.mark.parametrize("was_run", [False, True])
def test_a_section_that_was_not_changed_follows_the_course(project: Path, folder: Path, was_run: bool) -> None:
    if was_run:
        run(folder)
    publish(project, NEWER)
    (line,) = copies.update(folder, project)
    assert line.endswith("not changed them: 01-naive.")
    assert cell(folder, "dockerfile").source.endswith(NEWER.rstrip())
    assert (folder / DOCKERFILE).read_text() == NEWER
    assert copies.update(folder, project) == []


def test_a_section_that_was_changed_stays_and_every_start_says_so(project: Path, folder: Path) -> None:
    change(folder, "title", "# 01 · Naive\n\nMy own note.")
    before = state(folder)
    publish(project, NEWER)
    for _ in range(2):
        (line,) = copies.update(folder, project)
        assert line.startswith(f"You changed {folder / NOTEBOOK}, and the course has a newer version.")
    assert state(folder) == before


def test_a_changed_dockerfile_keeps_its_notebook_too_and_renaming_it_brings_the_newer_ones(
    project: Path, folder: Path
) -> None:
    (folder / DOCKERFILE).write_text(MINE)
    publish(project, NEWER, "# 01 · Naive, newer")
    (line,) = copies.update(folder, project)
    assert str(folder / DOCKERFILE) in line
    assert cell(folder, "title").source == "# 01 · Naive"
    (folder / DOCKERFILE).rename(folder / "dockerfiles/mine.Dockerfile")
    copies.update(folder, project)
    assert cell(folder, "title").source == "# 01 · Naive, newer"
    assert (folder / DOCKERFILE).read_text() == NEWER
    assert (folder / "dockerfiles/mine.Dockerfile").read_text() == MINE


def test_an_update_that_the_learner_made_already_is_none(project: Path, folder: Path) -> None:
    publish(folder, NEWER)
    publish(project, NEWER)
    assert copies.update(folder, project) == []
    publish(project, COURSE)
    assert copies.update(folder, project) != []
    assert (folder / DOCKERFILE).read_text() == COURSE


def test_what_is_missing_comes_back(project: Path, folder: Path) -> None:
    change(folder, "sum", "2 + 2")
    (folder / DOCKERFILE).unlink()
    copies.update(folder, project)
    assert (folder / DOCKERFILE).read_text() == COURSE
    assert cell(folder, "sum").source == "2 + 2"


@pytest.mark.parametrize("record", [None, "not JSON", "[]"])
def test_without_its_record_nothing_that_differs_is_overwritten(
    project: Path, folder: Path, record: str | None
) -> None:
    (folder / DOCKERFILE).write_text(MINE)
    (folder / MARK).unlink()
    if record is not None:
        (folder / MARK).write_text(record)
    assert any(str(folder / DOCKERFILE) in line for line in copies.update(folder, project))
    assert (folder / DOCKERFILE).read_text() == MINE


def test_a_notebook_that_cannot_be_read_stays(project: Path, folder: Path) -> None:
    (folder / NOTEBOOK).write_text('{"cells": [')
    publish(project, NEWER)
    assert any(str(folder / NOTEBOOK) in line for line in copies.update(folder, project))
    assert (folder / NOTEBOOK).read_text() == '{"cells": ['


def test_a_section_that_the_course_gave_up_stays_and_is_named_once(project: Path, folder: Path) -> None:
    (project / "notebooks/02-pin.ipynb").unlink()
    lines = copies.update(folder, project)
    assert any("02-pin.ipynb is no longer part of the course" in line for line in lines)
    assert (folder / "notebooks/02-pin.ipynb").exists()
    assert copies.update(folder, project) == []


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copies of the whole course."""
    folder = tmp_path_factory.mktemp("copies")
    copies.update(folder)
    return folder


@pytest.mark.parametrize("section", discover(), ids=lambda section: section.name)
def test_every_relative_link_and_folder_of_a_notebook_is_there_in_the_copies(real: Path, section: SectionFiles) -> None:
    copy = section.in_folder(real).notebook
    text = "\n".join(cell.source for cell in notebook.load(copy).cells)
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text) + re.findall(r"^%%writefile (\S+)", text, re.MULTILINE)
    links += re.findall(r'^folder = "(\S+)"', text, re.MULTILINE)
    assert links
    assert [link for link in links if not (copy.parent / link).exists()] == []


def test_the_links_of_the_copies_own_readme_lead_to_the_copies(real: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", (real / "README.md").read_text(encoding="utf-8"))
    assert len(links) > len(discover())
    assert [link for link in links if not (real / link).exists()] == []


def test_git_ignores_the_folder_and_all_else_that_a_session_leaves() -> None:
    left = [
        f"{copies.FOLDER.name}/notebooks/01-naive.ipynb",
        "results/store.sqlite3",
        ".workbook/notes.json",
        "notebooks/.ipynb_checkpoints/01-naive-checkpoint.ipynb",
        ".virtual_documents/notebooks/01-naive.ipynb",
    ]
    command = ["git", "-c", f"safe.directory={PROJECT}", "-C", str(PROJECT), "check-ignore", "--no-index", *left]
    assert subprocess.run(command, capture_output=True, text=True).stdout.split() == left


def test_a_kernel_in_the_copies_is_at_work_on_them(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(real / "notebooks")
    assert find("04", at_work()) == find("04").in_folder(real)
    assert {files.folder for files in at_work(real / "notebooks/own-project")} == {real}


@pytest.mark.parametrize("folder", [PROJECT, PROJECT / "notebooks", Path("/")])
def test_a_kernel_anywhere_else_is_at_work_on_the_courses_own(folder: Path) -> None:
    assert at_work(folder) == discover()


def test_a_section_of_the_copies_has_its_neighbours_and_variants_there(real: Path, tmp_path: Path) -> None:
    for name in ("04-copy-go-mod-first", "05-separate-stages", "06-set-environment.env-in-build-stage"):
        path = real / "dockerfiles" / f"{name}.Dockerfile"
        path.write_text(path.read_text() + f"LABEL mine={name}\n")
    subject = Subject(None, find("06").in_folder(real))  # type: ignore[arg-type]  # nothing is asked of an engine
    assert "LABEL mine=05-separate-stages" in subject.before.dockerfile
    assert "LABEL mine=04-copy-go-mod-first" in subject.other("04").dockerfile
    assert "LABEL mine=06-set-environment" in subject.variant("env-in-build-stage").dockerfile
    assert "LABEL mine" not in subject.dockerfile


def test_the_dockerfile_is_named_as_docker_build_takes_it_in_the_projects_folder() -> None:
    own, copy = find("05"), find("05").in_folder(copies.FOLDER)
    assert Subject(None, own, "FROM scratch\n").file == "dockerfiles/05-separate-stages.Dockerfile"  # type: ignore[arg-type]
    assert Subject(None, copy, "FROM scratch\n").file == "my-course/dockerfiles/05-separate-stages.Dockerfile"  # type: ignore[arg-type]


def test_a_check_that_fails_in_a_copy_names_the_lines_that_differ_from_the_courses(real: Path) -> None:
    subject = Subject(None, find("05").in_folder(real), find("05").dockerfile.read_text() + "USER 1001\n")  # type: ignore[arg-type]
    hint = _hint(subject)
    assert "+ USER 1001" in hint
    assert "`python3 -m helpers reset 05`" in hint
