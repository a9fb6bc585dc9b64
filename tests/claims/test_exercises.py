"""Each exercise is solved by its solution, and plausible wrong answers fail with a message that helps."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard

import pytest
from nbformat import NotebookNode

from helpers.core.paths import PROJECT
from helpers.course import notebooks
from helpers.course.claims import exercises_of
from helpers.course.exercise import NAME, Exercise, Practice
from helpers.course.reporter import Reporter
from helpers.course.sections import SectionFiles, discover
from tests.claims.subjects import Subjects

WRONG_ANSWERS = Path(__file__).parent / "exercises"
ALL = [(files, exercise) for files in discover() for exercise in exercises_of(files.name)]


def of(files: SectionFiles, exercise: Exercise) -> str:
    return f"{files.name}.{exercise.name}"


def wrong_answers(files: SectionFiles, exercise: Exercise) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = tomllib.loads((WRONG_ANSWERS / f"{of(files, exercise)}.toml").read_text())["wrong"]
    return answers


def dockerfile(answer: dict[str, Any], start: str) -> str:
    """The wrong answer: its text, or the start with replacements of one text by another."""
    text = str(answer.get("dockerfile", start))
    for old, new in answer.get("replace", {}).items():
        assert old in text, f"nothing to replace: there is no {old!r}"
        text = text.replace(old, new)
    return text + str(answer.get("append", ""))


def answered() -> Iterator[Any]:
    for files, exercise in ALL:
        for number, answer in enumerate(wrong_answers(files, exercise), start=1):
            yield pytest.param(files, exercise, answer, id=f"{of(files, exercise)}-{number}")


exercises = pytest.mark.parametrize(("files", "exercise"), ALL, ids=[of(*each) for each in ALL])


def practice(files: SectionFiles, exercise: Exercise, subjects: Subjects) -> Practice:
    return Practice(exercise, subjects.of(files.number), files, Reporter())


@pytest.mark.engine
@exercises
def test_the_solution_solves_it(
    files: SectionFiles, exercise: Exercise, subjects: Subjects, capsys: pytest.CaptureFixture[str]
) -> None:
    practice(files, exercise, subjects).check(exercise.solution(files))
    printed = capsys.readouterr().out
    assert f"✓ Solved: {exercise.task}" in printed, printed
    subjects.remove(subjects.of(files.number).experiment.altered(NAME, ""))


@pytest.mark.engine
@pytest.mark.thorough
@pytest.mark.parametrize(("files", "exercise", "answer"), list(answered()))
def test_a_wrong_answer_fails_with_a_message_that_helps(
    files: SectionFiles,
    exercise: Exercise,
    answer: dict[str, Any],
    subjects: Subjects,
    capsys: pytest.CaptureFixture[str],
) -> None:
    practice(files, exercise, subjects).check(dockerfile(answer, exercise.start(files)))
    printed = capsys.readouterr().out
    assert "✗ Not yet." in printed and answer["says"] in printed, printed
    subjects.remove(subjects.of(files.number).experiment.altered(NAME, ""))


@exercises
def test_there_are_three_wrong_answers_one_to_three_hints_and_an_explanation(
    files: SectionFiles, exercise: Exercise
) -> None:
    assert len(wrong_answers(files, exercise)) >= 3
    assert 1 <= len(exercise.hints) <= 3 and exercise.explanation


@exercises
def test_the_notebook_shows_the_text_that_the_exercise_starts_from(files: SectionFiles, exercise: Exercise) -> None:
    cells = [cell for cell in notebooks.code_cells(notebooks.load(files.notebook)) if calls(cell, exercise)]
    texts = [ast.literal_eval(node.value) for cell in cells for node in ast.parse(cell.source).body if is_answer(node)]
    assert [text.strip() for text in texts] == [exercise.start(files).strip()]


def calls(cell: NotebookNode, exercise: Exercise) -> bool:
    return f'section.exercise("{exercise.name}")' in cell.source


def is_answer(node: ast.stmt) -> TypeGuard[ast.Assign]:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "yours"


def test_every_file_of_an_exercise_belongs_to_one() -> None:
    names = {of(*each) for each in ALL}
    known = {f"{name}{ending}" for name in names for ending in (".Dockerfile", ".solution.Dockerfile")}
    assert {path.name for path in (PROJECT / "helpers/course/exercises").iterdir()} <= known
    assert {path.stem for path in WRONG_ANSWERS.iterdir()} == names
