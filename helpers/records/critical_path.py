"""Which steps of a build the reader waited for, and which ones ran beside them and held nobody up."""

from collections.abc import Mapping
from dataclasses import dataclass

from helpers.records.build import Build, Instruction

_EXPORT = "exporting to"  # BuildKit's last step: it waits for everything, and names no inputs


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """A chain of steps in the order in which they ran, each of which the next one waited for."""

    steps: tuple[Instruction, ...] = ()

    @property
    def seconds(self) -> float:
        """From the first step's start to the last one's end, the gaps between them counted."""
        return _end(self.steps[-1]) - _start(self.steps[0]) if self.steps else 0.0

    @property
    def gaps(self) -> float:
        """Seconds of these in which no step of the chain was at work: the engine commits layers then."""
        return self.seconds - sum(step.seconds or 0.0 for step in self.steps)


def critical_path(build: Build) -> CriticalPath:
    """The longest chain of inputs through a build, the export at its end; empty where the trace has no times.

    Found from the end: each step waited for the one of its inputs that was finished last.
    """
    known = {step.digest: step for step in (*build.instructions, *build.engine_steps) if step.seconds is not None}
    chain: list[Instruction] = []
    step = max(known.values(), key=_end, default=None)
    while step:
        chain.append(step)
        step = max(_inputs(step, known), key=_end, default=None)
    return CriticalPath(tuple(reversed(chain)))


def _inputs(step: Instruction, known: Mapping[str, Instruction]) -> list[Instruction]:
    if step.name.startswith(_EXPORT):
        return [other for other in known.values() if other is not step]
    return [known[digest] for digest in step.inputs if digest in known]


def _start(step: Instruction) -> float:
    assert step.started is not None
    return step.started


def _end(step: Instruction) -> float:
    assert step.completed is not None
    return step.completed
