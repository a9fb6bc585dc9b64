"""A claim holds, does not hold, or cannot be proved: each is a check, none is an exception."""

import pytest

from helpers.experiment.claims import Claim, prove
from helpers.records import Check
from helpers.records.errors import BuildFailed


def test_a_proof_that_holds_passes() -> None:
    assert prove(Claim("One is one.", lambda it: it == 1, "https://example.com"), 1) == Check(
        "One is one.", True, "", "https://example.com"
    )


def test_what_a_proof_returns_is_taken_for_true_or_false() -> None:
    assert prove(Claim("There is something.", lambda it: it), [1]).passed
    assert not prove(Claim("There is something.", lambda it: it), []).passed


def _fails(it: object) -> bool:
    raise BuildFailed("line 3: no such file", "mend it")


def test_a_proof_that_cannot_be_carried_out_has_failed_and_says_why() -> None:
    check = prove(Claim("It builds.", _fails), None)
    assert not check.passed and "line 3: no such file" in check.detail


def test_a_fact_that_is_not_there_is_a_failure_too() -> None:
    assert not prove(Claim("It has one.", lambda it: it["missing"]), {}).passed


def test_a_mistake_in_a_proof_is_a_mistake_and_no_failed_claim() -> None:
    with pytest.raises(ZeroDivisionError):
        prove(Claim("It divides.", lambda it: 1 / it), 0)
