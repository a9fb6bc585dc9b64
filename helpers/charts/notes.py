"""The notes under every chart and table: where its values come from."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from helpers.charts.rich import Note
from helpers.core.records import BaseImage, Build, Measurement, Run, SectionRecord

STAND_IN = "stand-in base image"
SOURCES = {
    "stand-in": f"{STAND_IN}, made on this machine",
    "registry": "base image: from its registry",
    "local": "base image: found on this machine",
}
SHORT_SOURCES = {
    "stand-in": STAND_IN,
    "registry": "base image from its registry",
    "local": "base image found on this machine",
}
BASELINE_MARK = "†"
BASELINE_MARK_MEANS = f"{BASELINE_MARK} from the baseline, not measured on this machine"
DIGEST_LETTERS = 12
ONCE = "n = 1: each value was measured once"
ONE_BUILD = "one build each"
INCOMPLETE_TRACE = "parts of this build's trace could not be read"
MEGABYTES = "MB = 1,000,000 bytes of regular files in the layers"


def counted(measurements: Iterable[Measurement]) -> str:
    """How many times the values were measured."""
    several = sorted({len(seconds) for each in measurements for seconds in each.repeats.values()})
    if not several:
        return ONCE
    numbers = " or ".join(map(str, several))
    return f"values with a range: median [min–max], n = {numbers}; all other values: n = 1"


def stand_in(base_images: Sequence[BaseImage]) -> str:
    """The note for values that depend on a base image made by the course; "" if none does."""
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
    """The legend entry for a record's bars."""
    if record.baseline:
        return f"baseline of {day(record.measured_at)}"
    return "measured on this machine"


def provenance(records: Sequence[SectionRecord]) -> list[Note]:
    """A short note on the origins of the records and of their base images; in full in its tooltip. [] if none."""
    shorts = [_short(records, baseline) for baseline in (False, True)]
    return [Note(" · ".join(filter(None, shorts)), "\n".join(origins(records)))] if any(shorts) else []


def _short(records: Sequence[SectionRecord], baseline: bool) -> str:
    """Where the records of this machine, or of the baseline, are from: "this machine, stand-in base image"."""
    group = [record for record in records if record.baseline is baseline]
    days = " and ".join(dict.fromkeys(day(record.measured_at) for record in group))
    origin = f"baseline of {days}" if baseline else "this machine"
    return ", ".join([origin, *_sources([image for record in group for image in record.base_images])]) if group else ""


def marked(base_images: Sequence[BaseImage]) -> list[Note]:
    """A short note on the sources of base images; in full in its tooltip. [] if there are none."""
    short = ", ".join(_sources(base_images))
    return [Note(short, "\n".join(bases(base_images)))] if short else []


def _sources(base_images: Sequence[BaseImage]) -> list[str]:
    used = {image.source for image in base_images}
    return [words for source, words in SHORT_SOURCES.items() if source in used]


def origins(records: Sequence[SectionRecord]) -> list[str]:
    """A line for each origin of the records and each source of their base images, this machine's first."""
    lines: list[str] = []
    for baseline, run in ((False, "this machine"), (True, "baseline")):
        group = [record for record in records if record.baseline is baseline]
        lines += dict.fromkeys(f"{run}: {origin(record)}" for record in group)
        lines += bases([image for record in group for image in record.base_images], baseline)
    return lines


def bases(base_images: Sequence[BaseImage], baseline: bool = False) -> list[str]:
    """A line for each source of base images, with the images from it and their shortened digests."""
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


def taken_over(record: Build | Run) -> str:
    """When and in which section of this run it was measured: "measured 4 min ago in section 05"; "" if here."""
    if not record.measured_in:
        return ""
    seconds = max((datetime.now(UTC) - _moment(record.measured_at)).total_seconds(), 0)
    ago = f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
    return f"measured {ago} ago in section {record.measured_in[:2]}"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment
