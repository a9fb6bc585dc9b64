"""Where a figure comes from, in the lines that stand under every chart and every table."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from helpers.records import BaseImage, Measurement, SectionRecord

STAND_IN = "base image: stand-in, made on this machine"
SOURCES = {
    "stand-in": STAND_IN,
    "registry": "base image: from its registry",
    "local": "base image: found on this machine",
}
BASELINE_MARK = "†"
BASELINE_MARK_MEANS = f"{BASELINE_MARK} from the baseline, not measured on this machine"
DIGEST_LETTERS = 12
ONCE = "n = 1: every figure was measured once"
ONE_BUILD = "the account of one build each"
MEGABYTES = "MB = 1,000,000 bytes in the layers' regular files"


def counted(measurements: Iterable[Measurement]) -> str:
    """How often the figures were measured."""
    several = sorted({len(seconds) for each in measurements for seconds in each.repeats.values()})
    if not several:
        return ONCE
    numbers = " or ".join(map(str, several))
    return f"a figure with a range behind it: median, [smallest–largest], n = {numbers}; every other one: n = 1"


def stand_in(base_images: Sequence[BaseImage]) -> str:
    """The words that go wherever a number stands on a base image of our own making; "" where none does."""
    return STAND_IN if any(image.is_stand_in for image in base_images) else ""


def day(moment: str) -> str:
    """The date of an ISO 8601 time, in UTC: "2026-11-23"."""
    return _moment(moment).strftime("%Y-%m-%d") if moment else "date unknown"


def origin(record: SectionRecord) -> str:
    """When, on which machine and with which engine a record was measured."""
    engine = record.engine
    parts = (
        day(record.measured_at),
        record.machine.name,
        engine.architecture or record.machine.architecture,
        f"Docker Engine {engine.version}, {engine.storage}",
    )
    return " · ".join(part for part in parts if part)


def legend(record: SectionRecord) -> str:
    """What a record's marks are called in a legend."""
    if record.baseline:
        return f"baseline, {day(record.measured_at)}, {record.machine.name}"
    return "measured on this machine"


def provenance(records: Sequence[SectionRecord]) -> list[str]:
    """A line for each place the records come from and one for each source of base images, this machine's first."""
    lines: list[str] = []
    for baseline, run in ((False, "this machine"), (True, "baseline")):
        group = [record for record in records if record.baseline is baseline]
        lines += dict.fromkeys(f"{run}: {origin(record)}" for record in group)
        lines += bases([image for record in group for image in record.base_images], baseline)
    return lines


def bases(base_images: Sequence[BaseImage], baseline: bool = False) -> list[str]:
    """A line for each source of base images: what it is, and those that come from it, their digests shortened."""
    lines = []
    for source, words in SOURCES.items():
        if named := dict.fromkeys(_named(image) for image in base_images if image.source == source):
            lines.append(f"{_of_baseline(words) if baseline else words}: {', '.join(named)}")
    return lines


def _of_baseline(words: str) -> str:
    return f"baseline's {words.replace('this machine', 'its machine')}"


def _named(image: BaseImage) -> str:
    _, _, digest = image.digest.partition("@")
    return f"{image.reference} {digest[: len('sha256:') + DIGEST_LETTERS]}".rstrip()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment
