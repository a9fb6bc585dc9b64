"""The rows of charts and tables: sections in course order, values of this machine before those of the baseline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from helpers.records import Measurement, SectionRecord

Value = Callable[[Measurement], float | None]


class Pick(NamedTuple):
    """A measured value and the record it comes from."""

    figure: float
    record: SectionRecord
    measurement: Measurement


@dataclass(frozen=True)
class Row:
    """One Dockerfile of the course and its measurements, in order of preference."""

    section: str
    variant: str  # "" for the section's final form
    known: tuple[tuple[SectionRecord, Measurement], ...]

    @property
    def label(self) -> str:
        """The row's unique name in charts and tables."""
        return f"{self.section[:2]} ↳ {self.variant}" if self.variant else self.section

    def pick(self, value: Value) -> Pick | None:
        """The preferred value and where it comes from; None if it was not measured."""
        for record, measurement in self.known:
            figure = value(measurement)
            if figure is not None:
                return Pick(figure, record, measurement)
        return None


def rows(records: Sequence[SectionRecord], highlight: str = "", variants: bool = False) -> list[Row]:
    """A row for each section in course order, each followed by its variants.

    Variants are those of the highlighted section, or of all sections with `variants`.
    """
    ordered = sorted(records, key=lambda record: record.measured_at, reverse=True)
    ordered.sort(key=lambda record: (record.section, record.baseline))
    known: dict[tuple[str, str], list[tuple[SectionRecord, Measurement]]] = {}
    for record in ordered:
        known.setdefault((record.section, ""), []).append((record, record.measurement))
        for variant in record.variants if variants or record.section == highlight else ():
            known.setdefault((record.section, variant.name), []).append((record, variant))
    places = sorted(known, key=lambda place: (place[0], place[1] != ""))
    return [Row(section, variant, tuple(known[section, variant])) for section, variant in places]


def measured(lines: Sequence[Row], values: Sequence[Value]) -> list[Row]:
    """The rows that have at least one of the values."""
    return [row for row in lines if any(row.pick(value) for value in values)]


def picks(lines: Sequence[Row], values: Sequence[Value]) -> list[Pick]:
    """The rows' values, each with the record it comes from."""
    return [pick for row in lines for value in values if (pick := row.pick(value))]


def sources(lines: Sequence[Row], values: Sequence[Value]) -> list[SectionRecord]:
    """The records that the rows' values come from."""
    return [pick.record for pick in picks(lines, values)]
