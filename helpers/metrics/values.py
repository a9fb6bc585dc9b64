"""The figures of a measurement by name, the record each row of a table takes them from, and what changed by row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from helpers.core import units
from helpers.core.records import Measurement, Scenario, SectionRecord
from helpers.core.units import in_megabytes

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


SCENARIO_TITLES = {
    Scenario.COLD: "cold",
    Scenario.UNCHANGED: "nothing changed",
    Scenario.SOURCE_EDIT: "source edited",
    Scenario.DEPENDENCY_EDIT: "dependency changed",
}


def size(measurement: Measurement) -> float | None:
    """Size of the image's layers in MB."""
    return in_megabytes(measurement.image.bytes) if measurement.image else None


def first_answer(measurement: Measurement) -> float | None:
    """Seconds from container start to the first 200."""
    return measurement.run.health.seconds_to_healthy if measurement.run else None


def ending(measurement: Measurement) -> float | None:
    """Seconds from SIGTERM to the container's exit."""
    shutdown = measurement.run.shutdown if measurement.run else None
    return shutdown.seconds if shutdown else None


def request_finished(measurement: Measurement) -> float | None:
    """1 if the request in flight at SIGTERM was finished, 0 if it was dropped."""
    shutdown = measurement.run.shutdown if measurement.run else None
    return shutdown.request_finished if shutdown else None


def exit_code(measurement: Measurement) -> float | None:
    """The container's exit code after SIGTERM."""
    shutdown = measurement.run.shutdown if measurement.run else None
    return shutdown.exit_code if shutdown else None


def memory(measurement: Measurement) -> float | None:
    """Memory in use after the first 200, in MB."""
    used = measurement.run.memory_bytes if measurement.run else None
    return None if used is None else in_megabytes(used)


def spread(scenario: str) -> Callable[[Measurement], str]:
    """A function that returns the range of a scenario's build times, " [1.2–1.5]"; "" if it was built once."""

    def remark(measurement: Measurement) -> str:
        several = measurement.repeats.get(scenario)
        return f" [{units.seconds(min(several))}–{units.seconds(max(several))}]" if several else ""

    return remark


def build_time(scenario: str) -> Value:
    """A function that returns a scenario's build time in seconds; the median of several builds."""

    def value(measurement: Measurement) -> float | None:
        build = measurement.builds.get(scenario)
        return build.seconds if build else None

    return value


def factor(before: float, now: float) -> float | None:
    """By what factor a value grew, below 1 if it shrank; None from or to 0."""
    if before == now:
        return 1.0
    return now / before if before > 0 and now > 0 else None


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
