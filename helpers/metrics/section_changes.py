"""What each section changed compared with the section before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.metrics.values import Pick, Row, Value, factor

MIN_FACTOR = 1.25  # smaller changes are within the noise of a single measurement
MIN_DIFFERENCE = 0.5  # MB or seconds; smaller changes are not noticeable


@dataclass(frozen=True, slots=True)
class SectionChange:
    """A value of one section, and that of the section before it."""

    now: Pick
    before: Pick | None = None
    counted: bool = False  # counts are exact, so every difference matters

    @property
    def direction(self) -> int:
        """1 if the value grew, -1 if it shrank, 0 if it did not change noticeably or there was none before."""
        before = self.before.figure if self.before else self.now.figure
        low, high = sorted((before, self.now.figure))
        if low == high or (not self.counted and high < max(MIN_FACTOR * low, low + MIN_DIFFERENCE)):
            return 0
        return 1 if self.now.figure > before else -1

    @property
    def factor(self) -> float | None:
        """By what factor the value grew, below 1 if it shrank; None without a value before, or if either is 0."""
        return factor(self.before.figure, self.now.figure) if self.before else None


def section_changes(lines: Sequence[Row], value: Value, counted: bool = False) -> list[SectionChange | None]:
    """The value's change from each row to the next, one for each row; None if the row has no value."""
    known = [row.pick(value) for row in lines]
    return [
        SectionChange(now, before, counted) if now else None for now, before in zip(known, [None, *known], strict=False)
    ]
