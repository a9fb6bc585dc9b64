"""How many minutes a section takes with all scenarios: on the machine of the committed times, and on this one."""

import math

from helpers.core import section_times

SCENARIOS = "all"


def committed(section: str) -> str:
    """The section's minutes by the committed times, "3 min"; "" if they aren't known."""
    return _shown(section_times.load().of(SCENARIOS, section))


def origin() -> str:
    """When and where the committed times were measured: "2026-11-24 on Debian GNU/Linux 12, 2 cores"."""
    times = section_times.load()
    return f"{times.measured_at} on {times.machine}"


def sentence(section: str) -> str:
    """How long the section takes: as measured on this machine, else by the committed times; "" if neither knows it."""
    if own := _shown(section_times.own().of(SCENARIOS, section)):
        return f"Time: {own} with all scenarios, as in the last run on this machine."
    if other := committed(section):
        return f"Time: about {other} with all scenarios, as measured on another machine."
    return ""


def _shown(seconds: float | None) -> str:
    return "" if seconds is None else f"{math.ceil(seconds / 60)} min"
