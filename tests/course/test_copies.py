"""The learner's copies: created once, updated if unchanged, never overwritten if changed."""

import re
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.core.paths import PROJECT
from helpers.course import copies, notebooks
from helpers.course.notebooks import METADATA
from helpers.course.section import _hint
from helpers.course.sections import MARK, SectionFiles, current_sections, discover, find
from helpers.course.subject import subject_of

v4 = nbformat.v4
NO_ENGINE: Any = None  # none of these tests needs one
COURSE, NEWER, MINE = "FROM golang\n", "FROM golang:1.19\n", "FROM golang\nUSER 1001\n"
NOTEBOOK, DOCKERFILE = "notebooks/01-naive.ipynb", "dockerfiles/01-naive.Dockerfile"


def publish(project: Path, text: str, prose: str = "# 01 · Naive") -> None:
    """Writes the course's section 01 with this Dockerfile, in the notebook and as a file."""
    cells = [
        v4.new_markdown_cell(prose, id="title"),
        v4.new_code_cell(f"%%writefile ../dockerfiles/01-naive.Dockerfile\n{text}".rstrip("\n"), id="dockerfile"),
        v4.new_code_cell("1 + 1", id="sum"),
    ]
    notebooks.save(v4.new_notebook(cells=cells, metadata=METADATA), project / NOTEBOOK)
    (project / DOCKERFILE).write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A course of two sections."""
    for name in ("notebooks", "dockerfiles"):
        (tmp_path / "course" / name).mkdir(parents=True)
    publish(tmp_path / "course", COURSE)
    second = v4.new_notebook(cells=[v4.new_markdown_cell("# 02 · Pin", id="title")], metadata=METADATA)
    notebooks.save(second, tmp_path / "course/notebooks/02-pin.ipynb")
    return tmp_path / "course"


@pytest.fixture
def folder(project: Path) -> Path:
    """The learner's copies of it."""
    copies.update(project / "mine", project)
    return project / "mine"


def cell(folder: Path, name: str) -> nbformat.NotebookNode:
    found: nbformat.NotebookNode = next(cell for cell in notebooks.load(folder / NOTEBOOK).cells if cell.id == name)
    return found


def change(folder: Path, name: str, source: str) -> None:
    mine = notebooks.load(folder / NOTEBOOK)
    next(cell for cell in mine.cells if cell.id == name).source = source
    notebooks.save(mine, folder / NOTEBOOK)


def run(folder: Path) -> None:
    """Changes a notebook as running and saving does: outputs, counts, metadata."""
    mine = notebooks.load(folder / NOTEBOOK)
    mine.metadata = nbformat.from_dict({"language_info": {"version": "3.13.1"}, "widgets": {"state": {}}})
    mine.cells[2].outputs = [v4.new_output("execute_result", {"text/plain": "2"}, execution_count=9)]
    mine.cells[2].execution_count = 9
    mine.cells[2].metadata = nbformat.from_dict({"collapsed": True})
    notebooks.save(mine, folder / NOTEBOOK)


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_first_update_copies_everything_and_reports_it(project: Path) -> None:
    (line,) = copies.update(project / "mine", project)
    assert line.startswith("Your own copies of the notebooks and Dockerfiles are in ")
    for name in (NOTEBOOK, "notebooks/02-pin.ipynb", DOCKERFILE):
        assert (project / "mine" / name).read_bytes() == (project / name).read_bytes()
    assert "[01 · Naive](notebooks/01-naive.ipynb)" in (project / "mine/README.md").read_text()


def test_the_glossary_is_copied_and_updated_without_a_message(project: Path, folder: Path) -> None:
    (project / "docs").mkdir()
    for text in ("# One", "# Two"):
        (project / "docs/glossary.md").write_text(text)
        assert copies.update(folder, project) == []
        assert (folder / "docs/glossary.md").read_text() == text


def test_a_second_update_changes_and_reports_nothing(project: Path, folder: Path) -> None:
    change(folder, "sum", "2 + 2")
    run(folder)
    before = state(folder)
    assert copies.update(folder, project) == []
    assert state(folder) == before


def test_outputs_in_the_courses_own_notebooks_are_not_copied(project: Path) -> None:
    run(project)
    copies.update(project / "mine", project)
    assert cell(project / "mine", "sum").outputs == []


@pytest.mark.parametrize("was_run", [False, True])
def test_an_unchanged_section_is_updated_with_the_course(project: Path, folder: Path, was_run: bool) -> None:
    if was_run:
        run(folder)
    publish(project, NEWER)
    (line,) = copies.update(folder, project)
    assert line.endswith("hadn't changed them: 01-naive.")
    assert cell(folder, "dockerfile").source.endswith(NEWER.rstrip())
    assert (folder / DOCKERFILE).read_text() == NEWER
    assert copies.update(folder, project) == []


def test_a_changed_section_is_kept_and_reported_every_time(project: Path, folder: Path) -> None:
    change(folder, "title", "# 01 · Naive\n\nMy own note.")
    before = state(folder)
    publish(project, NEWER)
    for _ in range(2):
        (line,) = copies.update(folder, project)
        assert line.startswith(f"You changed {folder / NOTEBOOK}, and the course has a newer version.")
    assert state(folder) == before


def test_a_changed_dockerfile_keeps_its_notebook_too_until_it_is_renamed(project: Path, folder: Path) -> None:
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


def test_an_update_that_the_learner_already_made_reports_nothing(project: Path, folder: Path) -> None:
    publish(folder, NEWER)
    publish(project, NEWER)
    assert copies.update(folder, project) == []
    publish(project, COURSE)
    assert copies.update(folder, project) != []
    assert (folder / DOCKERFILE).read_text() == COURSE


def test_missing_files_are_restored(project: Path, folder: Path) -> None:
    change(folder, "sum", "2 + 2")
    (folder / DOCKERFILE).unlink()
    copies.update(folder, project)
    assert (folder / DOCKERFILE).read_text() == COURSE
    assert cell(folder, "sum").source == "2 + 2"


@pytest.mark.parametrize("record", [None, "not JSON", "[]"])
def test_without_its_record_no_differing_file_is_overwritten(project: Path, folder: Path, record: str | None) -> None:
    (folder / DOCKERFILE).write_text(MINE)
    (folder / MARK).unlink()
    if record is not None:
        (folder / MARK).write_text(record)
    assert any(str(folder / DOCKERFILE) in line for line in copies.update(folder, project))
    assert (folder / DOCKERFILE).read_text() == MINE


def test_an_unreadable_notebook_is_kept(project: Path, folder: Path) -> None:
    (folder / NOTEBOOK).write_text('{"cells": [')
    publish(project, NEWER)
    assert any(str(folder / NOTEBOOK) in line for line in copies.update(folder, project))
    assert (folder / NOTEBOOK).read_text() == '{"cells": ['


def test_a_section_removed_from_the_course_is_kept_and_reported_once(project: Path, folder: Path) -> None:
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
def test_all_relative_links_and_folders_of_a_notebook_exist_in_the_copies(real: Path, section: SectionFiles) -> None:
    copy = section.in_folder(real).notebook
    text = "\n".join(cell.source for cell in notebooks.load(copy).cells)
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text) + re.findall(r"^%%writefile (\S+)", text, re.MULTILINE)
    links += re.findall(r'^folder = "(\S+)"', text, re.MULTILINE) + re.findall(r'"(\.\./[^"]+)"', text)
    assert links
    assert [link for link in links if not (copy.parent / link).exists()] == []


def test_the_links_in_the_copies_readme_exist_in_the_copies(real: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", (real / "README.md").read_text(encoding="utf-8"))
    assert len(links) > len(discover())
    assert [link for link in links if not (real / link).exists()] == []


def test_git_ignores_everything_that_a_session_creates() -> None:
    created = [
        f"{copies.FOLDER.name}/notebooks/01-naive.ipynb",
        "results/store.sqlite3",
        ".workbook/notes.json",
        "notebooks/.ipynb_checkpoints/01-naive-checkpoint.ipynb",
        ".virtual_documents/notebooks/01-naive.ipynb",
    ]
    command = ["git", "-c", f"safe.directory={PROJECT}", "-C", str(PROJECT), "check-ignore", "--no-index", *created]
    assert subprocess.run(command, capture_output=True, text=True).stdout.split() == created


def test_a_kernel_in_the_copies_uses_the_copies(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(real / "notebooks")
    assert find("04", current_sections()) == find("04").in_folder(real)
    assert {files.folder for files in current_sections(real / "notebooks/own-project")} == {real}


@pytest.mark.parametrize("folder", [PROJECT, PROJECT / "notebooks", Path("/")])
def test_a_kernel_anywhere_else_uses_the_courses_own_files(folder: Path) -> None:
    assert current_sections(folder) == discover()


def test_neighbours_and_variants_of_a_copied_section_are_copies_too(real: Path, tmp_path: Path) -> None:
    for name in ("04-copy-go-mod-first", "05-separate-stages", "06-set-environment.env-in-build-stage"):
        path = real / "dockerfiles" / f"{name}.Dockerfile"
        path.write_text(path.read_text() + f"LABEL mine={name}\n")
    subject = subject_of(NO_ENGINE, find("06").in_folder(real))
    assert "LABEL mine=05-separate-stages" in subject.before.dockerfile
    assert "LABEL mine=04-copy-go-mod-first" in subject.other("04").dockerfile
    assert "LABEL mine=06-set-environment" in subject.variant("env-in-build-stage").dockerfile
    assert "LABEL mine" not in subject.experiment.dockerfile


def test_a_variant_with_a_folder_of_its_own_is_built_in_it(real: Path) -> None:
    course, copy = (subject_of(NO_ENGINE, files) for files in (find("05"), find("05").in_folder(real)))
    for subject, root in ((course, PROJECT), (copy, real)):
        folder = root / "dockerfiles" / "05-separate-stages.probe"
        assert (folder / "main.go").is_file()
        assert subject.variant("probe").project.folder == folder
        assert subject.variant("probe", "FROM scratch\n").project.folder == folder
        assert subject.variant("another", "FROM scratch\n").project is subject.experiment.project


def test_the_dockerfiles_path_is_relative_to_the_project() -> None:
    own, copy = find("05"), find("05").in_folder(copies.FOLDER)
    name = "dockerfiles/05-separate-stages.Dockerfile"
    assert subject_of(NO_ENGINE, own).experiment.file == name
    assert subject_of(NO_ENGINE, copy).experiment.file == f"my-course/{name}"


def test_a_failed_check_in_a_copy_lists_the_lines_that_differ_from_the_course(real: Path) -> None:
    copy = find("05").in_folder(real)
    copy.dockerfile.write_text(copy.dockerfile.read_text() + "USER 1001\n")
    hint = _hint(subject_of(NO_ENGINE, copy))
    assert "+ USER 1001" in hint
    assert "`python3 -m helpers reset 05`" in hint
