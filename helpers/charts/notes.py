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
BASELINE, RECORDING = "baseline", "recording"  # where a record comes from, unless it was measured on this machine
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


def mark(base_images: Sequence[BaseImage]) -> str:
    """The note for values that depend on a base image made by the course, or that were recorded; "" if neither."""
    made = STAND_IN if any(image.is_stand_in for image in base_images) else ""
    return ", ".join(filter(None, [made, recorded(base_images)]))


def recorded(base_images: Sequence[BaseImage]) -> str:
    """When values measured on these base images were recorded: "recorded on 2026-11-24"; "" if they weren't."""
    return next((recorded_on(image.recorded) for image in base_images if image.recorded), "")


def recorded_on(moment: str) -> str:
    """The day of a recording: "recorded on 2026-11-24"."""
    return f"recorded on {day(moment)}"


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
    return recorded_on(record.measured_at) if record.recorded else "measured on this machine"


def provenance(records: Sequence[SectionRecord]) -> list[Note]:
    """A short note on the origins of the records and of their base images; in full in its tooltip. [] if none."""
    shorts = [_short(records, owner) for owner in ("", RECORDING, BASELINE)]
    return [Note(" · ".join(filter(None, shorts)), "\n".join(origins(records)))] if any(shorts) else []


def _short(records: Sequence[SectionRecord], owner: str) -> str:
    """Where the records of this owner are from: "this machine, stand-in base image"; "" if there are none."""
    group = [record for record in records if _owner(record) == owner]
    sources = _sources([image for record in group for image in record.base_images])
    return ", ".join([_origin_in_short(group, owner), *sources]) if group else ""


def _origin_in_short(group: Sequence[SectionRecord], owner: str) -> str:
    days = " and ".join(dict.fromkeys(day(record.measured_at) for record in group))
    if owner == BASELINE:
        return f"baseline of {days}"
    if owner == RECORDING:
        return f"recorded on {days}, Docker Engine {group[0].engine.version}, {group[0].machine.name}"
    return "this machine"


def _owner(record: SectionRecord) -> str:
    """Where the record comes from; "" if it was measured on this machine."""
    return BASELINE if record.baseline else RECORDING if record.recorded else ""


def marked(base_images: Sequence[BaseImage]) -> list[Note]:
    """A short note on the sources of base images; in full in its tooltip. [] if there are none."""
    when = recorded(base_images)
    short, full = (filter(None, [*lines, when]) for lines in (_sources(base_images), bases(base_images)))
    return [Note(", ".join(short), "\n".join(full))] if base_images else []


def _sources(base_images: Sequence[BaseImage]) -> list[str]:
    used = {image.source for image in base_images}
    return [words for source, words in SHORT_SOURCES.items() if source in used]


def origins(records: Sequence[SectionRecord]) -> list[str]:
    """A line for each origin of the records and each source of their base images, this machine's first."""
    lines: list[str] = []
    for owner, words in (("", "this machine: "), (RECORDING, "recorded on "), (BASELINE, "baseline: ")):
        group = [record for record in records if _owner(record) == owner]
        lines += dict.fromkeys(f"{words}{origin(record)}" for record in group)
        lines += bases([image for record in group for image in record.base_images], owner)
    return lines


def bases(base_images: Sequence[BaseImage], owner: str = "") -> list[str]:
    """A line for each source of base images, with the images from it and their shortened digests."""
    owner = owner or (RECORDING if recorded(base_images) else "")
    lines = []
    for source, words in sources(owner).items():
        if named := dict.fromkeys(_named(image) for image in base_images if image.source == source):
            lines.append(f"{words}: {', '.join(named)}")
    return lines


def sources(owner: str = "") -> dict[str, str]:
    """The words for each source of base images of this machine, of the baseline or of a recording."""
    if not owner:
        return SOURCES
    return {source: f"{owner}'s {words.replace('this machine', 'its machine')}" for source, words in SOURCES.items()}


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
