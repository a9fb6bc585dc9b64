"""An exercise in a notebook: nothing is built before the learner changes something, and help comes step by step."""

from pathlib import Path
from typing import Any

import pytest

from helpers.core.errors import DiskFull, EngineStopped, WorkbookError
from helpers.course.exercise import Exercise, Outcome, Practice
from helpers.course.reporter import Reporter
from helpers.course.sections import SectionFiles, find
from helpers.course.subject import Subject, subject_of
from helpers.measure.experiment import Experiment

FILES = find("04")
START = "FROM golang\nRUN true\n"
NO_ENGINE: Any = None  # nothing is built


class Asked:
    """The Dockerfiles that were checked, and what the check says of each."""

    def __init__(self, outcome: Outcome | WorkbookError) -> None:
        self.dockerfiles: list[str] = []
        self.outcome = outcome

    def __call__(self, section: Subject, yours: Experiment) -> Outcome:
        self.dockerfiles.append(yours.dockerfile)
        if isinstance(self.outcome, WorkbookError):
            raise self.outcome
        return self.outcome


@pytest.fixture(autouse=True)
def texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Exercise, "start", lambda exercise, files: START)
    monkeypatch.setattr(Exercise, "solution", lambda exercise, files: "FROM golang\nRUN false\n")


def practice(asked: Asked, files: SectionFiles = FILES) -> Practice:
    exercise = Exercise("one", "It is solved.", asked, ("Think.", "Think of RUN."), "RUN does it.")
    return Practice(exercise, subject_of(NO_ENGINE, files), files, Reporter())


def test_an_untouched_dockerfile_is_not_built(capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked(Outcome(True, "", ""))
    practice(asked).check(f"\n{START}\n")
    assert asked.dockerfiles == []
    assert "Your task: It is solved." in capsys.readouterr().out


def test_a_changed_dockerfile_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked(Outcome(False, "2 of 3 ran", "3 of 3"))
    practice(asked).check("\nFROM golang\n")
    assert asked.dockerfiles == ["FROM golang\n"]
    printed = capsys.readouterr().out
    assert "✗ Not yet.\nObserved: 2 of 3 ran.\nWanted: 3 of 3.\n" in printed and "exercise.hint()" in printed


def test_a_solved_exercise_says_what_was_observed(capsys: pytest.CaptureFixture[str]) -> None:
    practice(Asked(Outcome(True, "3 of 3 ran", "3 of 3"))).check("FROM scratch")
    assert capsys.readouterr().out.endswith("✓ Solved: It is solved.\nObserved: 3 of 3 ran.\n")


def test_a_build_that_fails_is_an_outcome(capsys: pytest.CaptureFixture[str]) -> None:
    practice(Asked(WorkbookError("The build failed in line 2."))).check("FROM scratch")
    assert "✗ Not yet.\nObserved: The build failed in line 2.\nWanted: It is solved." in capsys.readouterr().out


@pytest.mark.parametrize("error", [EngineStopped("It stopped."), DiskFull("No space left.")])
def test_a_failure_of_the_engine_is_no_outcome(error: WorkbookError) -> None:
    with pytest.raises(type(error)):
        practice(Asked(error)).check("FROM scratch")


def test_hints_come_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = practice(Asked(Outcome(True, "", "")))
    for _ in range(4):
        exercise.hint()
    assert capsys.readouterr().out.splitlines() == [
        "Hint 1 of 2: Think.",
        "Hint 2 of 2: Think of RUN.",
        *["There are no more hints. exercise.solution() shows the solution."] * 2,
    ]


def test_the_solution_is_a_diff_with_an_explanation(capsys: pytest.CaptureFixture[str]) -> None:
    shown = practice(Asked(Outcome(True, "", ""))).solution()
    assert "− RUN true\n+ RUN false" in str(shown)
    assert capsys.readouterr().out == "RUN does it.\n"


def test_the_files_are_found_by_section_and_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    exercise = Exercise("compile-dependencies-first", "", Asked(Outcome(True, "", "")), (), "")
    assert exercise.start(FILES) != exercise.solution(FILES)
    unknown = Exercise("none", "", Asked(Outcome(True, "", "")), (), "")
    assert unknown.start(FILES).startswith("# Pinned to Go"), "the section's own Dockerfile"
