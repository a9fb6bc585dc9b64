"""Memory is the reported usage minus reclaimable file pages."""

import pytest

from helpers.engine.procfs import parse


@pytest.mark.parametrize(
    ("stats", "expected"),
    [
        ({"usage": 9_000_000, "stats": {"inactive_file": 1_000_000, "anon": 5}}, 8_000_000),
        ({"usage": 9_000_000, "stats": {"total_inactive_file": 2_000_000, "inactive_file": 1}}, 7_000_000),
        ({"usage": 9_000_000, "stats": {"inactive_file": 10_000_000}}, 9_000_000),
        ({"usage": 9_000_000}, 9_000_000),
        ({}, None),
        (None, None),
    ],
)
def test_file_pages_are_left_out(stats: dict[str, object] | None, expected: int | None) -> None:
    assert parse({"memory_stats": stats}) == expected
