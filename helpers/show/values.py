"""The figures that charts and tables show of a measurement, by name."""

from helpers.records import Measurement, Scenario
from helpers.show.rows import Value
from helpers.show.units import in_megabytes

SCENARIO_TITLES = {
    Scenario.COLD: "cold",
    Scenario.UNCHANGED: "nothing changed",
    Scenario.SOURCE_EDIT: "source edited",
    Scenario.DEPENDENCY_EDIT: "dependency changed",
}


def size(measurement: Measurement) -> float | None:
    """MB in the image's layers."""
    return in_megabytes(measurement.image.bytes) if measurement.image else None


def first_answer(measurement: Measurement) -> float | None:
    """Seconds from starting the container to its first good answer."""
    return measurement.run.health.seconds_to_healthy if measurement.run else None


def build_time(scenario: str) -> Value:
    """What reads the seconds of one scenario's build."""

    def value(measurement: Measurement) -> float | None:
        build = measurement.builds.get(scenario)
        return build.seconds if build else None

    return value
