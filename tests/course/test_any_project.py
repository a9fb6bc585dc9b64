"""The claims of section 12 about any project: what doesn't apply, what is found instead, and the sample's files."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.core.paths import PROJECT
from helpers.core.records import Check, Shutdown
from helpers.course.claims import claims_of, exercises_of
from helpers.course.reporter import Reporter
from helpers.course.sections import find
from helpers.measure.claims import prove
from helpers.measure.project import Project

SAMPLE = PROJECT / "notebooks" / "own-project"
ANSWERS, CACHED, NOT_ROOT, EXITS = claims_of("12")


def subject(folder: Path, *instructions: tuple[str, bool], **run: object) -> Any:
    """A section whose source-edit build and run gave this."""
    steps = [SimpleNamespace(keyword=keyword, cached=cached) for keyword, cached in instructions]
    experiment = SimpleNamespace(
        project=Project(folder),
        build=lambda scenario: SimpleNamespace(instructions=steps),
        run=lambda: SimpleNamespace(**run),
    )
    return SimpleNamespace(experiment=experiment)


def test_without_a_run_instruction_nothing_can_run_again() -> None:
    check = prove(CACHED, subject(SAMPLE, ("COPY", False)))
    assert (check.applies, check.failed) == (False, False)
    assert check.detail == "the Dockerfile has no RUN instruction."


def test_without_a_source_file_there_is_nothing_to_edit(tmp_path: Path) -> None:
    check = prove(CACHED, subject(tmp_path, ("RUN", False)))
    assert not check.applies and "source=" in check.detail


@pytest.mark.parametrize(("cached", "passed"), [(True, True), (False, False)])
def test_one_cached_run_instruction_is_enough(cached: bool, passed: bool) -> None:
    check = prove(CACHED, subject(SAMPLE, ("RUN", cached), ("RUN", False)))
    assert (check.applies, check.passed) == (True, passed)
    assert check.detail == ("" if passed else "2 of 2 RUN instructions ran again.")


@pytest.mark.parametrize(("status", "seconds", "passed"), [(0, 0.1, True), (143, 0.1, True), (137, 10.2, False)])
def test_a_server_may_exit_with_the_signals_status(status: int, seconds: float, passed: bool) -> None:
    check = prove(EXITS, subject(SAMPLE, shutdown=Shutdown(seconds, status, None)))
    assert check.passed == passed
    assert check.detail == ("" if passed else "It ended with code 137 after 10.2 s.")


def test_what_does_not_apply_is_printed_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    checks = [Check("A.", True), Check("B.", False, "2 ran."), Check("C.", False, "no RUN.", applies=False)]
    Reporter().checks(checks)
    assert capsys.readouterr().out == "✓ A.\n✗ B.\n– C.\n  Doesn't apply: no RUN.\n"
    Reporter().checks(checks, details=True)
    assert "✗ B.\n  2 ran.\n" in capsys.readouterr().out


def test_the_exercise_is_about_the_sample_project() -> None:
    (exercise,), files = exercises_of("12"), find("12")
    assert exercise.start(files) == (SAMPLE / "Dockerfile").read_text(encoding="utf-8")
    assert exercise.solution(files) == (SAMPLE / "Dockerfile.fixed").read_text(encoding="utf-8")
