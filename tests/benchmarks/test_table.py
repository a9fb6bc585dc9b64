"""Results as a table and as single lines."""

from benchmarks.result import Result
from benchmarks.table import line, table

KEPT = Result("build", "unchanged", "s", (0.05, 0.06, 0.04), (0.2, 0.25, 0.2), "docker build", 1.0)
MISSED = Result("build", "cold", "s", (21.0,), (20.0,), "docker build", 1.02)
ALONE = Result("contents", "peak memory", "MB", (51.2, 60.0, 55.0), limit=150.0)
UNJUDGED = Result("contents", "second image", "s", (1.0,), (4.0,), "empty cache")
MISSING = Result("contents", "scan", "s", against="dive", limit=1.25, missing="dive is not installed")


def row(result: Result) -> list[str]:
    """The result's row of a table, cell by cell."""
    return [cell.strip() for cell in table([result]).splitlines()[2].split("  ") if cell.strip()]


def test_a_pair_has_medians_ratio_spread_limit_verdict_and_n() -> None:
    assert row(KEPT) == [
        "build, unchanged", "0.05 s", "0.20 s", "docker build", "0.250", "0.200–0.250", "1.00", "yes", "3",
    ]  # fmt: skip


def test_a_missed_limit_is_in_capitals() -> None:
    assert row(MISSED)[-2:] == ["NO", "1"]
    assert line(MISSED) == "build, cold: 21.0 s, docker build 20.0 s, ratio 1.050 (limit 1.02: NO)"


def test_a_result_without_comparison_has_its_own_spread_and_limit() -> None:
    assert row(ALONE) == ["contents, peak memory", "55.0 MB", "–", "–", "–", "51.2–60.0", "150 MB", "yes", "3"]
    assert line(ALONE) == "contents, peak memory: 55.0 MB (limit 150 MB: yes)"


def test_without_a_limit_there_is_no_verdict() -> None:
    assert row(UNJUDGED)[-3:] == ["–", "–", "1"]
    assert line(UNJUDGED) == "contents, second image: 1.0 s, empty cache 4.0 s, ratio 0.250"


def test_the_reason_for_a_missing_measurement_is_below_the_table() -> None:
    assert row(MISSING) == ["contents, scan", "–", "–", "dive", "–", "–", "1.25", "–", "0"]
    assert table([KEPT, MISSING]).splitlines()[-1] == "contents, scan: not measured: dive is not installed"
    assert line(MISSING) == "contents, scan: not measured: dive is not installed"
