"""What every figure comes down to: medians, ratios, their spread, and whether a limit is kept."""

import pytest

from benchmarks.result import Result

OURS, THEIRS = (1.0, 4.0, 2.0), (2.0, 2.0, 2.5)


def test_the_ratio_is_that_of_the_medians_and_lies_within_those_of_the_pairs() -> None:
    result = Result("build", "cold", "s", OURS, THEIRS, "docker build", 1.02)
    assert result.medians == (2.0, 2.0)
    assert result.ratio == 1.0
    assert result.spread == (0.5, 2.0)


@pytest.mark.parametrize(("limit", "holds"), [(0.99, False), (1.0, True), (1.02, True), (None, None)])
def test_a_limit_is_of_the_ratio_and_may_be_reached(limit: float | None, holds: bool | None) -> None:
    assert Result("build", "cold", "s", OURS, THEIRS, "docker build", limit).holds is holds


def test_with_nothing_beside_it_the_limit_is_of_the_median() -> None:
    result = Result("trace", "lines", "s", OURS, limit=2.0)
    assert (result.ratio, result.spread, result.holds) == (None, (1.0, 4.0), True)
    assert Result("trace", "lines", "s", OURS, limit=1.9).holds is False


def test_what_was_not_measured_has_no_figures_and_keeps_no_limit() -> None:
    result = Result("contents", "look", "s", against="dive", limit=1.25, missing="no dive")
    assert (result.medians, result.ratio, result.spread, result.holds) == ((None, None), None, None, None)


def test_a_title_says_subject_and_name() -> None:
    assert Result("build", "cold", "s").title == "build, cold"
