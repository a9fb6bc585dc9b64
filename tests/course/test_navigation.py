"""The navigation is generated, and the committed one is up to date."""

from pathlib import Path

import nbformat
import pytest

from helpers.core import section_times
from helpers.core.section_times import SectionTimes
from helpers.course import notebooks
from helpers.course.sections import SectionFiles, discover


@pytest.fixture
def course(tmp_path: Path) -> tuple[SectionFiles, ...]:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "dockerfiles").mkdir()
    (tmp_path / "dockerfiles" / "01-naive.Dockerfile").write_text("FROM golang\n")
    titles = {"00-start": "# 00 · Start", "01-naive": "# 01 · Naive 🔒", "02-pin": "# 02 · Pin"}
    for name, title in titles.items():
        cell = nbformat.v4.new_markdown_cell(f"{title}\n\nIt [works](a.md) | **so** far. More.", id="title")
        notebooks.save(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "notebooks" / f"{name}.ipynb")
    return discover(tmp_path)


@pytest.fixture(autouse=True)
def times(monkeypatch: pytest.MonkeyPatch) -> None:
    known = SectionTimes({"all": {"01-naive": 61.0, "02-pin": 120.0}}, "a machine", "2026-11-24")
    monkeypatch.setattr(section_times, "load", lambda: known)


def test_a_section_links_to_its_neighbours_the_contents_and_the_glossary(course: tuple[SectionFiles, ...]) -> None:
    assert notebooks.line(course[1], course) == (
        "← [00 · Start](00-start.ipynb) · [Contents](../README.md) · [Glossary](../docs/glossary.md) "
        "· [02 · Pin](02-pin.ipynb) (2 min) →"
    )


def test_the_first_and_last_section_have_one_neighbour(course: tuple[SectionFiles, ...]) -> None:
    assert "←" not in notebooks.line(course[0], course)
    assert "→" not in notebooks.line(course[2], course)


def test_adding_the_navigation_twice_gives_one_cell(course: tuple[SectionFiles, ...]) -> None:
    once = notebooks.navigated(notebooks.load(course[1].notebook), course[1], course)
    twice = notebooks.navigated(once, course[1], course)
    assert notebooks.dumps(once) == notebooks.dumps(twice)
    assert [cell.id for cell in twice.cells] == ["title", notebooks.CELL]


@pytest.mark.parametrize(
    "first_cell",
    [
        "# 01 · Naive 🏎️ 🔒\n\nIt works.\n\nSo far.",
        "# 01 · Naive\n\nIt works.\n\nSo far.\n\nAim: 🔒 security · 🏎️ build speed",
        "# 01 · Naive 🔒\n\nIt works.\n\nAims: 🏎️ build speed\n\nSo far.",
    ],
)
def test_badges_are_named_in_a_line_of_their_own(first_cell: str) -> None:
    given = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(first_cell, id="title")])
    done = notebooks.with_aims(given)
    assert done.cells[0].source == "# 01 · Naive\n\nIt works.\n\nSo far.\n\nAims: 🔒 security · 🏎️ build speed"
    assert notebooks.with_aims(done) == done


def test_a_section_without_badges_has_no_line_of_aims(course: tuple[SectionFiles, ...]) -> None:
    notebook = notebooks.load(course[0].notebook)
    assert notebooks.with_aims(notebook) == notebook


def test_the_committed_form_names_one_aim(course: tuple[SectionFiles, ...]) -> None:
    text = notebooks.text_to_commit(notebooks.load(course[1].notebook), course[1], course)
    assert notebooks.loads(text).cells[0].source.startswith("# 01 · Naive\n\n")
    assert notebooks.loads(text).cells[0].source.endswith("\n\nAim: 🔒 security")


def test_only_the_table_between_the_markers_is_replaced(course: tuple[SectionFiles, ...], tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"Before.\n\n{notebooks.BEGIN}\nold\n{notebooks.END}\n\nAfter.\n")
    readme.write_text(notebooks.with_navigation(course, readme)[readme])
    text = readme.read_text()
    assert text.startswith("Before.\n\n")
    assert text.endswith("\n\nAfter.\n")
    assert "old" not in text
    assert (
        "| [01 · Naive](notebooks/01-naive.ipynb) | It works &#124; so far. | 🔒 security | 2 min "
        "| [Dockerfile](dockerfiles/01-naive.Dockerfile) |" in text
    )
    assert "| [00 · Start](notebooks/00-start.ipynb) | It works &#124; so far. |  |  |  |" in text
    assert "measured 2026-11-24 on a machine." in text
    assert notebooks.with_navigation(course, readme) == {readme: text}


def test_a_readme_without_markers_is_not_overwritten(course: tuple[SectionFiles, ...], tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("Nothing here.\n")
    with pytest.raises(LookupError, match="needs the lines"):
        notebooks.with_navigation(course, readme)
