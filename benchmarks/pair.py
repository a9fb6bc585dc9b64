"""Measures alternatives alternately, so that other load on the machine affects all of them equally."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import table
from benchmarks.result import Result
from helpers.charts.progress import progress
from helpers.core.records import Progress

Side = Callable[[], float]  # runs once and returns the measurement


@dataclass(frozen=True, slots=True)
class Rival:
    """An alternative that ours is compared with."""

    name: str  # "docker build"
    side: Side
    limit: float | None = None  # of the ratio; None: not judged


def seconds(work: Callable[[], object]) -> float:
    """Runs the work and returns its wall-clock seconds."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


def order(count: int, number: int) -> list[int]:
    """The order of `count` sides in round `number`: each round starts with the next side."""
    return [(number + turn) % count for turn in range(count)]


def in_turns(
    sides: Sequence[Side],
    repeats: int,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    warm_up: bool = True,
) -> list[tuple[float, ...]]:
    """`repeats` measurements of each side, alternating, after one uncounted warm-up run of each."""
    figures: list[list[float]] = [[] for _ in sides]
    if warm_up:
        on_progress(Progress("warming up", 0, repeats))
        for side in sides:
            side()
    for number in range(repeats):
        on_progress(Progress(f"round {number + 1} of {repeats}", number, repeats))
        for turn in order(len(sides), number):
            figures[turn].append(sides[turn]())
    return [tuple(each) for each in figures]


def compared(
    subject: str,
    name: str,
    ours: Side,
    rivals: Sequence[Rival],
    repeats: int,
    unit: str = "s",
    warm_up: bool = True,
) -> list[Result]:
    """Compares ours with each rival, all measured alternately; `warm_up` runs each once before."""
    with progress(f"{subject}, {name}") as bar:
        mine, *others = in_turns([ours, *(rival.side for rival in rivals)], repeats, bar, warm_up)
        results = [
            Result(subject, name, unit, mine, figures, rival.name, rival.limit)
            for rival, figures in zip(rivals, others, strict=True)
        ]
        bar.summary = "\n".join(map(table.line, results))
    return results


def alone(subject: str, name: str, ours: Side, limit: float | None, repeats: int, unit: str = "s") -> Result:
    """Measures ours without a comparison; the limit applies to its median."""
    with progress(f"{subject}, {name}") as bar:
        (mine,) = in_turns([ours], repeats, bar)
        result = Result(subject, name, unit, mine, limit=limit)
        bar.summary = table.line(result)
    return result
