"""Ways to the same end, taken in turns: what else the machine does meanwhile falls on all of them alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import table
from benchmarks.result import Result
from helpers.records import Progress
from helpers.show.progress import progress

Side = Callable[[], float]  # does it once and says what it took


@dataclass(frozen=True, slots=True)
class Rival:
    """What ours is held against."""

    name: str  # "docker build"
    side: Side
    limit: float | None = None  # of the ratio; None: only told


def seconds(work: Callable[[], object]) -> float:
    """Wall clock of the work."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def order(count: int, number: int) -> list[int]:
    """Whose turn it is in a round: the next round begins with the next side."""
    return [(number + turn) % count for turn in range(count)]


def in_turns(
    sides: Sequence[Side], repeats: int, tell: Callable[[Progress], None] = lambda progress: None
) -> list[tuple[float, ...]]:
    """`repeats` figures of each side, in the order of the sides. Each is tried once before, which does not count."""
    figures: list[list[float]] = [[] for _ in sides]
    tell(Progress("warming up", 0, repeats))
    for side in sides:
        side()
    for number in range(repeats):
        tell(Progress(f"round {number + 1} of {repeats}", number, repeats))
        for turn in order(len(sides), number):
            figures[turn].append(sides[turn]())
    return [tuple(each) for each in figures]


def compared(
    subject: str, name: str, ours: Side, rivals: Sequence[Rival], repeats: int, unit: str = "s"
) -> list[Result]:
    """Ours against each rival, all of them in turns."""
    with progress(f"{subject}, {name}") as bar:
        mine, *others = in_turns([ours, *(rival.side for rival in rivals)], repeats, bar)
        results = [
            Result(subject, name, unit, mine, figures, rival.name, rival.limit)
            for rival, figures in zip(rivals, others, strict=True)
        ]
        bar.summary = "\n".join(map(table.line, results))
    return results


def alone(subject: str, name: str, ours: Side, limit: float | None, repeats: int, unit: str = "s") -> Result:
    """Ours with nothing beside it; the limit is its own."""
    with progress(f"{subject}, {name}") as bar:
        (mine,) = in_turns([ours], repeats, bar)
        result = Result(subject, name, unit, mine, limit=limit)
        bar.summary = table.line(result)
    return result
