"""Sections are discovered by their files, and an unknown name gets a list of the valid ones."""

from pathlib import Path

import nbformat
import pytest

from helpers.core.errors import UnknownSection
from helpers.course import sections


@pytest.fixture
def course(tmp_path: Path) -> tuple[sections.SectionFiles, ...]:
    (tmp_path / "notebooks" / ".ipynb_checkpoints").mkdir(parents=True)
    (tmp_path / "dockerfiles").mkdir()
    for name in (
        "05-separate-stages",
        "00-start-here",
        "04-copy-go-mod-first",
        "Untitled",
        "04-copy-go-mod-first-Copy1",
    ):
        opening = nbformat.v4.new_markdown_cell(f"# Title of {name} 🏎️ 🔒\n\nText.")
        notebook = nbformat.v4.new_notebook(cells=[opening])
        nbformat.write(notebook, str(tmp_path / "notebooks" / f"{name}.ipynb"))
    (tmp_path / "dockerfiles" / "05-separate-stages.Dockerfile").write_text("FROM scratch\n")
    return sections.discover(tmp_path)


def test_only_numbered_notebooks_are_sections_in_order(course: tuple[sections.SectionFiles, ...]) -> None:
    assert [section.name for section in course] == ["00-start-here", "04-copy-go-mod-first", "05-separate-stages"]


@pytest.mark.parametrize(
    "name", ["04", "4", "04-copy-go-mod-first", "copy-go-mod-first", "notebooks/04-copy-go-mod-first.ipynb", " 04 "]
)
def test_every_way_to_name_a_section_finds_it(course: tuple[sections.SectionFiles, ...], name: str) -> None:
    assert sections.find(name, course).name == "04-copy-go-mod-first"


def test_section_zero_is_found(course: tuple[sections.SectionFiles, ...]) -> None:
    assert sections.find("0", course).name == "00-start-here"


def test_an_unknown_name_gets_the_closest_name_and_the_list(course: tuple[sections.SectionFiles, ...]) -> None:
    with pytest.raises(UnknownSection) as caught:
        sections.find("05-seperate-stage", course)
    assert "Did you mean 05-separate-stages?" in caught.value.message
    assert "00-start-here, 04-copy-go-mod-first, 05-separate-stages" in caught.value.hint
    assert caught.value.exit_status == 2


def test_an_unrelated_name_gets_no_suggestion(course: tuple[sections.SectionFiles, ...]) -> None:
    with pytest.raises(UnknownSection) as caught:
        sections.find("zzzz", course)
    assert "Did you mean" not in caught.value.message


def test_sections_from_a_number_on(course: tuple[sections.SectionFiles, ...]) -> None:
    assert [section.number for section in sections.from_("4", course)] == ["04", "05"]


def test_the_title_comes_from_the_notebook_without_its_badges(course: tuple[sections.SectionFiles, ...]) -> None:
    assert course[2].title == "Title of 05-separate-stages"
    assert course[2].aims == ("🔒", "🏎️")


def test_a_section_may_have_no_dockerfile(course: tuple[sections.SectionFiles, ...]) -> None:
    assert [section.has_dockerfile for section in course] == [False, False, True]


def test_choosing_keeps_course_order_without_duplicates(
    course: tuple[sections.SectionFiles, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sections, "discover", lambda: course)
    assert [section.number for section in sections.choose(["05", "4", "05"])] == ["04", "05"]
    assert [section.number for section in sections.choose([], "4")] == ["04", "05"]
    assert [section.number for section in sections.choose(["0"], "5")] == ["00", "05"]
    assert len(sections.choose()) == 3


@pytest.mark.parametrize(
    ("text", "idea"),
    [
        ("Copy `go.mod` [first](a.md). Then the rest.", "Copy `go.mod` first."),
        ("It's **faster**. <!-- claim 1 --> More.", "It's faster."),
        ("It starts once: at the build.\n\nMore.", "It starts once: at the build."),
    ],
)
def test_the_idea_is_the_first_sentence_as_plain_text(tmp_path: Path, text: str, idea: str) -> None:
    (tmp_path / "notebooks").mkdir()
    opening = nbformat.v4.new_markdown_cell(f"# 04 · Copy\n\n{text}")
    nbformat.write(nbformat.v4.new_notebook(cells=[opening]), str(tmp_path / "notebooks" / "04-copy.ipynb"))
    assert [section.idea for section in sections.discover(tmp_path)] == [idea]
