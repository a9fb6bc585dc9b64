"""Which step is named as the largest change of each value."""

from dataclasses import replace

from helpers.core.records import Image, SectionRecord
from helpers.course.largest_changes import largest
from helpers.course.sections import OWN_PROJECT
from helpers.runner.outcome import CourseRun


def sized(record: SectionRecord, section: str, megabytes: int) -> SectionRecord:
    image = Image("sha256:1", megabytes * 1_000_000, megabytes * 1_000_000)
    measurement = replace(record.measurement, name=section, image=image, builds={}, run=None, contents=None)
    return replace(record, section=section, measurement=measurement, variants=(), checks=())


def row(records: list[SectionRecord], question: str) -> str:
    return next(line for line in str(largest(records)).splitlines() if line.startswith(question))


def test_the_largest_difference_in_each_direction_is_named(course_run: CourseRun) -> None:
    record = course_run.records["09-cache-mount"]
    sizes = {"01-a": 100, "02-b": 400, "03-c": 1000, "04-d": 500, "05-e": 20}
    records = [sized(record, section, size) for section, size in sizes.items()]
    found = row(records, "image, MB")
    assert "04-d −500" in found and "03-c +600" in found


def timed(record: SectionRecord, section: str, seconds: float) -> SectionRecord:
    build = replace(record.measurement.builds["cold"], seconds=seconds)
    return replace(record, section=section, measurement=replace(record.measurement, builds={"cold": build}))


def test_a_difference_between_times_that_is_within_the_noise_is_not_named(course_run: CourseRun) -> None:
    record = course_run.records["09-cache-mount"]
    assert "02-b" not in row([timed(record, "01-a", 10), timed(record, "02-b", 11)], "cold build")
    assert "02-b +10.0" in row([timed(record, "01-a", 10), timed(record, "02-b", 20)], "cold build")


def test_every_difference_between_sizes_counts(course_run: CourseRun) -> None:
    record = course_run.records["09-cache-mount"]
    found = row([sized(record, "01-a", 1000), sized(record, "02-b", 1100)], "image, MB")
    assert "02-b +100" in found and "01-a" not in found


def test_the_learners_own_project_is_not_a_step(course_run: CourseRun) -> None:
    record = course_run.records["09-cache-mount"]
    found = row([sized(record, "01-a", 100), sized(record, f"{OWN_PROJECT}-own", 900)], "image, MB")
    assert "+800" not in found


def test_values_of_the_baseline_are_marked(course_run: CourseRun) -> None:
    record = course_run.records["09-cache-mount"]
    records = [sized(record, "01-a", 100), replace(sized(record, "02-b", 900), baseline=True)]
    assert "† 02-b +800" in row(records, "image, MB")
    assert "from the baseline" in str(largest(records))


def test_a_section_without_the_value_does_not_hide_the_next_change(course_run: CourseRun) -> None:
    record = course_run.records["09-cache-mount"]
    nothing = replace(sized(record, "02-b", 1), measurement=replace(record.measurement, image=None))
    records = [sized(record, "01-a", 100), replace(nothing, section="02-b"), sized(record, "03-c", 900)]
    assert "03-c +800" in row(records, "image, MB")
