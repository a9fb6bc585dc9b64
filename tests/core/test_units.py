"""Numbers have a suitable number of digits."""

import pytest

from helpers.core import units


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (0.0000213, "0.000021"),
        (0.0203, "0.02"),
        (0.5, "0.50"),
        (11.04, "11.0"),
        (99.94, "99.9"),
        (99.96, "100"),
        (1152.3, "1,152"),
    ],
)
def test_megabytes(value: float | None, text: str) -> None:
    assert units.megabytes(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0.00"), (0.07, "0.07"), (0.994, "0.99"), (0.996, "1.0"), (23.74, "23.7"), (1000.0, "1,000")],
)
def test_seconds(value: float | None, text: str) -> None:
    assert units.seconds(value) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (980, "980 bytes"), (12_345, "12.3 kB"), (16_800_000, "16.8 MB")]
)
def test_bytes_in_words(count: int, text: str) -> None:
    assert units.bytes_in_words(count) == text
