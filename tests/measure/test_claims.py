"""A claim passes, fails or cannot be proved: each gives a check, none an exception."""

import pytest

from helpers.core.errors import BuildFailed, DiskFull, EngineStopped, WorkbookError
from helpers.core.records import Check
from helpers.measure.claims import Claim, DoesNotApply, prove


def test_a_true_claim_passes() -> None:
    assert prove(Claim("One is one.", lambda it: it == 1, "https://example.com"), 1) == Check(
        "One is one.", True, "", "https://example.com"
    )


def test_a_proofs_result_is_converted_to_bool() -> None:
    assert prove(Claim("There is something.", lambda it: it), [1]).passed
    assert not prove(Claim("There is something.", lambda it: it), []).passed


def _fails(it: object) -> bool:
    raise BuildFailed("line 3: no such file", "Fix it.")


def test_a_proof_that_raises_fails_with_the_reason() -> None:
    check = prove(Claim("It builds.", _fails), None)
    assert not check.passed and "line 3: no such file" in check.detail


@pytest.mark.parametrize("error", [EngineStopped("It stopped."), DiskFull("No space left.")])
def test_a_failure_of_the_engine_is_raised(error: WorkbookError) -> None:
    def proof(it: object) -> bool:
        raise error

    with pytest.raises(type(error)):
        prove(Claim("It builds.", proof), None)


def test_a_missing_value_is_a_failure_too() -> None:
    assert not prove(Claim("It has one.", lambda it: it["missing"]), {}).passed


def test_a_bug_in_a_proof_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        prove(Claim("It divides.", lambda it: 1 / it), 0)


def _asks_for_a_run_instruction(it: object) -> bool:
    raise DoesNotApply("the Dockerfile has no RUN instruction.")


def test_a_claim_that_does_not_apply_neither_passed_nor_failed() -> None:
    check = prove(Claim("It is cached.", _asks_for_a_run_instruction), None)
    assert (check.passed, check.failed, check.applies, check.mark) == (False, False, False, "–")
    assert check.detail == "the Dockerfile has no RUN instruction."


def test_the_mark_tells_passed_from_failed() -> None:
    assert [Check("It is.", passed).mark for passed in (True, False)] == ["✓", "✗"]
    assert [Check("It is.", passed).failed for passed in (True, False)] == [False, True]
