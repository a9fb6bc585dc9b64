"""The values of a measurement that charts and tables show. Each is None if it was not measured."""

from collections.abc import Callable

from helpers.records import Measurement, Scenario
from helpers.show import units
from helpers.show.rows import Value
from helpers.show.units import in_megabytes

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
