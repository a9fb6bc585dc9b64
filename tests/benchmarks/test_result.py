"""Medians, ratios, their spread, and whether a limit is met."""

import pytest

from benchmarks.result import Result

OURS, THEIRS = (1.0, 4.0, 2.0), (2.0, 2.0, 2.5)


def test_the_ratio_is_that_of_the_medians_and_the_spread_that_of_the_pairs() -> None:
    result = Result("build", "cold", "s", OURS, THEIRS, "docker build", 1.02)
    assert result.medians == (2.0, 2.0)
    assert result.ratio == 1.0
    assert result.spread == (0.5, 2.0)


@pytest.mark.parametrize(("limit", "met"), [(0.99, False), (1.0, True), (1.02, True), (None, None)])
def test_a_limit_applies_to_the_ratio_and_includes_equality(limit: float | None, met: bool | None) -> None:
    assert Result("build", "cold", "s", OURS, THEIRS, "docker build", limit).limit_met is met


def test_without_a_comparison_the_limit_applies_to_the_median() -> None:
    result = Result("trace", "lines", "s", OURS, limit=2.0)
    assert (result.ratio, result.spread, result.limit_met) == (None, (1.0, 4.0), True)
    assert Result("trace", "lines", "s", OURS, limit=1.9).limit_met is False


def test_a_missing_measurement_has_no_values_and_no_verdict() -> None:
    result = Result("contents", "scan", "s", against="dive", limit=1.25, missing="no dive")
    assert (result.medians, result.ratio, result.spread, result.limit_met) == ((None, None), None, None, None)


def test_the_title_is_subject_and_name() -> None:
    assert Result("build", "cold", "s").title == "build, cold"
