"""How long the sections took: in this machine's own runs, and on the machine of the committed reference."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.core.errors import WorkbookError
from helpers.core.paths import PROJECT, results_folder

REFERENCE = PROJECT / "helpers" / "core" / "section_times.json"  # written by `python3 -m helpers reference`
NAME = "section-times.json"  # in the results folder
_MEASURE = {"all": "python3 -m helpers run", "variants": "python3 -m helpers run --variants"}
TESTS = "all tests"  # the time of a complete `test`, among those of the sections


@dataclass(frozen=True)
class SectionTimes:
    """Seconds by section, for each amount that is measured ("all", "variants"), each build once."""

    seconds: dict[str, dict[str, float]] = field(default_factory=dict)
    machine: str = ""  # its description; of the reference only
    measured_at: str = ""  # the date; of the reference only
    bytes_per_second: float = 0.0  # of the processor's probe (helpers/setup/probe.py); of the reference only

    def of(self, scenarios: str, section: str) -> float | None:
        """The section's seconds; None if they aren't known."""
        return self.seconds.get(scenarios, {}).get(section)


def own() -> SectionTimes:
    """The newest times from this machine's own runs."""
    return load(results_folder() / NAME)


def load(path: Path = REFERENCE) -> SectionTimes:
    """The times in the file; none if it doesn't exist or can't be read, since they only serve an estimate."""
    try:
        plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return SectionTimes(**plain)
    except (OSError, ValueError, TypeError):
        return SectionTimes()


def save(times: SectionTimes, path: Path) -> None:
    """Write the file in one step. Raises OSError if that fails, and leaves the earlier version then."""
    new = path.with_name(path.name + ".new")
    try:
        new.write_text(json.dumps(asdict(times), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def note(scenarios: str, section: str, seconds: float) -> None:
    """Note that the section took this long in a run on this machine; no error if that fails: it serves an estimate."""
    known = own().seconds
    known = {**known, scenarios: {**known.get(scenarios, {}), section: round(seconds, 1)}}
    with suppress(OSError):
        save(SectionTimes(known), results_folder() / NAME)


def renew(sections: Sequence[str], machine: str, bytes_per_second: float, path: Path = REFERENCE) -> str:
    """Replace the reference with this machine's times of all sections; return a line that says so.

    `bytes_per_second` is the result of the processor's probe.
    Raises WorkbookError, and changes nothing, if a section's time isn't known here, also with variants if the reference
    has those. Raises OSError if the file can't be written.
    """
    here = own()
    wanted = [scenarios for scenarios in _MEASURE if scenarios == "all" or scenarios in load(path).seconds]
    missing = [name for name in sections if any(here.of(scenarios, name) is None for scenarios in wanted)]
    if missing:
        commands = " and ".join(_MEASURE[scenarios] for scenarios in wanted)
        raise WorkbookError(
            f"These sections have no time from this machine: {', '.join(missing)}. {path.name} is unchanged.",
            f"Measure them first: {commands}",
        )
    times = SectionTimes(here.seconds, machine, f"{datetime.now(UTC):%Y-%m-%d}", round(bytes_per_second))
    save(times, path)
    return f"Updated {path.name}: {sum(map(len, times.seconds.values()))} times of sections, measured on {machine}."


@dataclass(frozen=True)
class Expected:
    """What is expected of some sections, in seconds."""

    own: dict[str, float]  # as measured on this machine
    foreign: dict[str, float]  # as measured on the machine of the reference
    unknown: tuple[str, ...] = ()


def expected(sections: Sequence[str], scenarios: str, repeats: int = 1) -> Expected:
    """The times of the sections. Each is multiplied by `repeats`, which is a little too much: runs aren't repeated."""
    here, there = own(), load()
    mine = {name: seconds for name in sections if (seconds := here.of(scenarios, name)) is not None}
    others = {name: _closest(there, scenarios, name) for name in sections if name not in mine}
    return Expected(
        {name: seconds * repeats for name, seconds in mine.items()},
        {name: seconds * repeats for name, seconds in others.items() if seconds is not None},
        tuple(name for name, seconds in others.items() if seconds is None),
    )


def _closest(times: SectionTimes, scenarios: str, section: str) -> float | None:
    """The section's time with these scenarios, else that of all scenarios without the variants."""
    found = times.of(scenarios, section)
    return times.of("all", section) if found is None else found
