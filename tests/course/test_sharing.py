"""In a run, sections share what they measure; exercises, the error clinic and edited Dockerfiles never do."""

from pathlib import Path
from typing import Any

import pytest

from helpers.course import clinic
from helpers.course.exercise import Exercise, Outcome, Practice
from helpers.course.reporter import Reporter
from helpers.course.sections import find
from helpers.course.subject import Subject, subject_of
from helpers.measure.experiment import Experiment
from helpers.measure.shared_facts import NOTHING_SHARED, RUN, SECRET, SharedFacts

NO_ENGINE: Any = None  # nothing is built


@pytest.fixture(autouse=True)
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv(RUN, "run")
    monkeypatch.setenv(SECRET, "secret")
    monkeypatch.setattr("helpers.course.subject.committed_or_none", lambda path: path.read_text(encoding="utf-8"))


def test_a_section_its_neighbours_and_its_variants_share() -> None:
    subject = subject_of(NO_ENGINE, find("06"))
    assert isinstance(subject.experiment.sharing, SharedFacts)
    for other in (subject.before, subject.other("01"), subject.variant("env-in-build-stage")):
        assert other.sharing is subject.experiment.sharing


def test_a_notebook_on_its_own_shares_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SECRET)
    subject = subject_of(NO_ENGINE, find("06"))
    assert {each.sharing for each in (subject.experiment, subject.before)} == {NOTHING_SHARED}


def test_an_edited_dockerfile_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    edited = find("05").dockerfile

    def committed(path: Path) -> str:
        return "FROM scratch\n" if path == edited else path.read_text(encoding="utf-8")

    monkeypatch.setattr("helpers.course.subject.committed_or_none", committed)
    subject = subject_of(NO_ENGINE, find("06"))
    assert subject.before.sharing is NOTHING_SHARED and subject.before.altered("x", "").sharing is NOTHING_SHARED
    assert subject.experiment.sharing is not NOTHING_SHARED


def test_without_a_git_history_the_files_count_as_the_courses_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.course.subject.committed_or_none", lambda path: None)
    assert subject_of(NO_ENGINE, find("06")).experiment.sharing is not NOTHING_SHARED


def test_an_exercise_never_shares() -> None:
    checked: list[Experiment] = []

    def check(section: Subject, yours: Experiment) -> Outcome:
        checked.extend((yours, yours.altered("moved", "FROM scratch")))
        return Outcome(True, "", "")

    asked = Exercise("one", "It is solved.", check, (), "")
    Practice(asked, subject_of(NO_ENGINE, find("04")), find("04"), Reporter()).check("FROM scratch\n")
    assert [each.sharing for each in checked] == [NOTHING_SHARED] * 2


def test_the_error_clinic_never_shares() -> None:
    case = next(iter(clinic.cases()))
    assert clinic.experiment_of(NO_ENGINE, case).sharing is NOTHING_SHARED
