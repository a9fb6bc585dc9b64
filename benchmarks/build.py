"""Our build compared with `docker build`: the sample API with the Dockerfile of the cache mount section."""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.builds import Job, dockerfile, edit, sample, with_cli, with_helpers
from benchmarks.pair import Rival, Side, compared
from benchmarks.result import Result
from benchmarks.workplace import Workplace
from helpers.measure import cache_journal

NAME = "build"
_SECTION = "09-cache-mount"
_LIMITS = {"unchanged": 1.0, "source-edit": 1.02, "cold": 1.02}


def measure(place: Workplace) -> Iterator[Result]:
    """Measures the three scenarios."""
    job = Job(sample(place), dockerfile(_SECTION), "build")
    for scenario, limit in _LIMITS.items():
        ours, theirs = (_side(place, job, scenario, of_ours) for of_ours in (True, False))
        yield from compared(NAME, scenario, ours, [Rival("docker build", theirs, limit)], place.repeats)


def _side(place: Workplace, job: Job, scenario: str, of_ours: bool) -> Side:
    work = with_helpers if of_ours else with_cli
    tagged = replace(job, tag=f"{scenario}-{'ours' if of_ours else 'theirs'}", cold=scenario == "cold")

    def side() -> float:
        if scenario == "source-edit":
            edit(tagged.context)
        took = work(place, tagged)
        if tagged.cold:  # each leaves hundreds of MB of cache that no later build uses
            cache_journal.sweep(place.client)
        return took

    return side
