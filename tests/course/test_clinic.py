"""The error clinic: each case fails as its notebook says, its solution runs, and wrong repairs get help."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest

from helpers.charts.progress import Bar
from helpers.core.errors import BuildFailed, EngineStopped, WorkbookError
from helpers.course import clinic, notebooks
from helpers.course.claims import claims_of
from helpers.course.clinic import Case, Phase, Repair, Result, case_named, cases
from helpers.course.clinic_practice import KEPT, Clinic, open_clinic
from helpers.course.reporter import Reporter
from helpers.course.sections import find
from helpers.engine.http_client import LOOPBACK, PUBLISH
from helpers.measure.claims import prove

WRONG: dict[str, list[dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("clinic_wrong_answers.toml").read_text(encoding="utf-8")
)
NO_ENGINE: Any = None  # nothing is built
each_case = pytest.mark.parametrize("case", cases(), ids=[case.name for case in cases()])


def wrong_repairs() -> Iterator[Any]:
    for case in cases():
        for number, answer in enumerate(WRONG[case.name], start=1):
            yield pytest.param(case, repair_of(case, answer), answer["says"], id=f"{case.name}-{number}")


def repair_of(case: Case, answer: dict[str, Any]) -> Repair:
    """The wrong repair: options, its text, or what the case starts from with replacements."""
    if "ports" in answer:
        ports = {name: tuple(to) if isinstance(to, list) else to for name, to in answer["ports"].items()}
        return {"ports": ports}
    text = str(answer.get("repair", case.start))
    for old, new in answer.get("replace", {}).items():
        assert old in text, f"nothing to replace: there is no {old!r}"
        text = text.replace(old, new)
    return text


def opened(client: object = None) -> Clinic:
    section: Any = SimpleNamespace(
        client=client, reporter=Reporter(), experiment=SimpleNamespace(name=clinic.SECTION, client=client)
    )
    return open_clinic(section)


def quoted_in_title(case: Case) -> str:
    """The part of the message that the title quotes, "" if it quotes none. Engines differ in the rest of it."""
    return case.title.strip('"') if case.title.startswith('"') else ""


@pytest.mark.engine
@pytest.mark.thorough  # so does the check of notebook 13
@each_case
def test_a_case_fails_as_its_notebook_says(case: Case, client: docker.DockerClient) -> None:
    result = clinic.examine(client, case, case.start)
    assert result.phase == Phase[case.phase] and case.says in result.message, result
    assert quoted_in_title(case) in result.message, result


@pytest.mark.engine
@pytest.mark.thorough  # as above
@each_case
def test_a_solution_repairs_its_case(
    case: Case, client: docker.DockerClient, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = opened(client)
    desk.case(case.name).check(case.solution)
    desk.progress()
    printed = capsys.readouterr().out
    assert "✓ Repaired: it runs." in printed and "Repaired: 1 of 11." in printed, printed


@pytest.mark.engine
@pytest.mark.thorough
@pytest.mark.parametrize(("case", "repair", "says"), list(wrong_repairs()))
def test_a_wrong_repair_gets_a_message_that_helps(
    case: Case, repair: Repair, says: str, client: docker.DockerClient, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(client).case(case.name).check(repair)
    printed = capsys.readouterr().out
    assert "✗ Not yet" in printed and says in printed, printed


def test_there_are_at_least_ten_cases_with_three_wrong_repairs_each() -> None:
    assert len(cases()) >= 10 and {case.name for case in cases()} == WRONG.keys()
    assert all(len(answers) >= 3 for answers in WRONG.values())


@each_case
def test_a_case_has_a_question_hints_and_an_explanation(case: Case) -> None:
    assert case.question.endswith("?") and case.explanation.endswith(".")
    assert 1 <= len(case.hints) <= 3 and all(hint.endswith((".", "?")) for hint in case.hints)
    assert case.start != case.solution


@each_case
def test_the_notebook_shows_what_the_case_starts_from(case: Case) -> None:
    cells = {cell.id: cell.source for cell in notebooks.load(find("13").notebook).cells}
    yours = ast.literal_eval(ast.parse(cells[f"13-{case.name}-repair"]).body[0].value)
    assert (yours.lstrip("\n") if isinstance(yours, str) else yours) == case.start
    raw = "" if case.edits == clinic.OPTIONS else "r"  # as in a file: without r, a backslash has to be doubled
    assert cells[f"13-{case.name}-repair"].startswith(f"yours = {raw}")


@pytest.mark.parametrize(("number", "case"), list(enumerate(cases(), start=1)), ids=[case.name for case in cases()])
def test_the_notebook_gives_each_case_a_heading_and_a_variable_of_its_own(number: int, case: Case) -> None:
    cells = {cell.id: cell.source for cell in notebooks.load(find("13").notebook).cells}
    assert cells[f"13-{case.name}-text"].startswith(f"## {number} · {case.title}\n")
    assert cells[f"13-{case.name}-fails"] == f'{case.variable} = clinic.case("{case.name}")\n{case.variable}.fail()'
    assert cells[f"13-{case.name}-repair"].endswith(f"\n{case.variable}.check(yours)")


@each_case
def test_an_untouched_case_costs_nothing(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    opened().case(case.name).check(case.start)
    printed = capsys.readouterr().out
    assert case.question in printed and f"{case.variable}.hint()" in printed


@each_case
def test_a_case_gives_its_hints_one_by_one_then_its_solution(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    patient = opened().case(case.name)
    for hint in case.hints:
        patient.hint()
        assert hint in capsys.readouterr().out
    patient.hint()
    assert f"{case.variable}.solution()" in capsys.readouterr().out
    assert patient.solution().lines and case.explanation in capsys.readouterr().out


def test_an_unknown_case_and_another_section_are_reported() -> None:
    with pytest.raises(WorkbookError, match="no case 'dynamic'"):
        opened().case("dynamic")
    section: Any = SimpleNamespace(experiment=SimpleNamespace(name="05-separate-stages"))
    with pytest.raises(WorkbookError, match="has no error clinic"):
        open_clinic(section)


class Broken:
    """An experiment whose build fails with the given error."""

    def __init__(self, error: WorkbookError) -> None:
        self._error = error

    def ready(self) -> None:
        raise self._error


def test_a_failed_build_keeps_the_engines_own_words() -> None:
    error = BuildFailed("Dockerfile, line 7: 'greeting.txt' is not in the build context.")
    error.original = '"/greeting.txt" not found'
    broken: Any = Broken(error)
    result = clinic.observe(cases()[0], broken)
    assert result.message.startswith('"/greeting.txt" not found\nDockerfile, line 7')


def test_a_failure_of_the_engine_is_no_result_of_a_case() -> None:
    broken: Any = Broken(EngineStopped("The engine stopped responding."))
    with pytest.raises(EngineStopped):
        clinic.observe(cases()[0], broken)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ports": {"8080/udp": (LOOPBACK, None)}}, "'8080/udp' isn't a TCP port"),
        ({"ports": {"http": (LOOPBACK, None)}}, "'http' isn't a TCP port"),
        ({"ports": {"8080/tcp": ()}}, "for other machines too"),
        ({"ports": {"8080/tcp": ("0.0.0.0", None)}}, "for other machines too"),
        ({"ports": ["8080/tcp"]}, "ports is a list"),
        ({"ports": {}, "detach": True}, "Remove detach."),
    ],
)
def test_unusable_options_start_nothing(options: dict[str, Any], says: str) -> None:
    result = clinic.observe(case_named("unpublished-port"), NO_ENGINE, options)
    assert result.phase == Phase.START and says in result.message


@pytest.mark.parametrize(
    ("name", "repair", "says"),
    [
        ("unpublished-port", "-p 8080:8080", "yours is a str"),
        ("shell-form", {"ports": {}}, "yours is a dict"),
        ("shell-form", None, "yours is a NoneType"),
    ],
)
def test_a_repair_of_another_kind_is_an_error(name: str, repair: Any, says: str) -> None:
    with pytest.raises(WorkbookError, match=says):
        opened(NO_ENGINE).case(name).check(repair)


def test_a_repair_that_runs_but_lost_something_is_told_what_to_keep(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = Result(Phase.LOST, "It answers with 200, but the server runs as root.")
    monkeypatch.setattr(clinic, "examine", lambda *arguments: lost)
    opened().case("unknown-user").check("FROM scratch")
    printed = capsys.readouterr().out
    assert "✗ Not yet: it runs, but the repair lost something." in printed and f"Wanted: {KEPT}." in printed
    assert "didn't answer" not in printed


def test_only_an_expected_result_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, right = Result(Phase.ANSWER, "No 200 in 10 s."), Result(Phase.RUNS, "It answered.")
    results = iter([slow, right])
    monkeypatch.setattr(clinic, "examine", lambda *arguments: next(results))
    clinic.forget()
    assert [clinic.examined(NO_ENGINE, "gin-mode", True) for _ in range(3)] == [slow, right, right]
    clinic.forget()
    with pytest.raises(StopIteration):
        clinic.examined(NO_ENGINE, "gin-mode", True)


def test_the_first_build_of_a_case_reports_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    listeners: list[object] = []

    def examine(client: object, case: Case, repair: Repair, listener: object) -> Result:
        listeners.append(listener)
        return Result(Phase.EXIT, "gin mode unknown")

    monkeypatch.setattr(clinic, "examine", examine)
    opened().case("gin-mode").fail()
    assert len(listeners) == 1 and isinstance(listeners[0], Bar)


@pytest.mark.parametrize("part", ["end the server after", "With its solution"])
def test_a_failed_claim_names_the_cases(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr(clinic, "examined", lambda *arguments: Result(Phase.ANSWER, "No 200 in 10 s."))
    section: Any = SimpleNamespace(experiment=SimpleNamespace(client=NO_ENGINE), variants={})
    (claim,) = (claim for claim in claims_of("13") if part in claim.sentence)
    check = prove(claim, section)
    assert check.failed and "gin-mode: the server didn't answer: No 200 in 10 s." in check.detail


def test_unreachable_ports_are_no_question_for_a_remote_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PUBLISH, "none")
    section: Any = SimpleNamespace(experiment=SimpleNamespace(client=None))
    (claim,) = (claim for claim in claims_of("13") if "doesn't answer this machine" in claim.sentence)
    check = prove(claim, section)
    assert not check.applies and "remote engine" in check.detail
