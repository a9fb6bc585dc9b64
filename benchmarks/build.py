"""Our build against `docker build`: the API of the course, with the section that has cache mounts."""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.builds import Job, by_hand, by_us, dockerfile, edit, sample
from benchmarks.pair import Rival, Side, compared
from benchmarks.result import Result
from benchmarks.workplace import Workplace
from helpers.experiment import cache_journal

NAME = "build"
_SECTION = "09-cache-mount"
_LIMITS = {"unchanged": 1.0, "source-edit": 1.02, "cold": 1.02}


def measure(place: Workplace) -> Iterator[Result]:
    """The three scenarios."""
    job = Job(sample(place), dockerfile(_SECTION), "build")
    for scenario, limit in _LIMITS.items():
        ours, theirs = (_side(place, job, scenario, of_ours) for of_ours in (True, False))
        yield from compared(NAME, scenario, ours, [Rival("docker build", theirs, limit)], place.repeats)


def _side(place: Workplace, job: Job, scenario: str, of_ours: bool) -> Side:
    work = by_us if of_ours else by_hand
    named = replace(job, tag=f"{scenario}-{'ours' if of_ours else 'theirs'}", cold=scenario == "cold")

    def side() -> float:
        if scenario == "source-edit":
            edit(named.context)
        took = work(place, named)
        if named.cold:  # hundreds of megabytes each time, and nobody builds on them
            cache_journal.sweep(place.client)
        return took

    return side
