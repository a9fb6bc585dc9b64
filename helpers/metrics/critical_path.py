"""The steps of a build that determined its duration; the others ran in parallel."""

from collections.abc import Mapping
from dataclasses import dataclass

from helpers.core.records.build import Build, Instruction


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """A chain of steps in the order they ran; each waited for the one before."""

    steps: tuple[Instruction, ...] = ()

    @property
    def seconds(self) -> float:
        """Seconds from the start of the first step to the end of the last, including gaps."""
        return _end(self.steps[-1]) - _start(self.steps[0]) if self.steps else 0.0

    @property
    def gaps(self) -> float:
        """Seconds in which no step of the chain ran; the engine commits layers then."""
        return self.seconds - sum(step.seconds or 0.0 for step in self.steps)


def critical_path(build: Build) -> CriticalPath:
    """The chain of steps that the build waited for, up to the export; empty if the trace has no times.

    Found backwards: each step waited for whichever of its inputs finished last.
    """
    known = {step.digest: step for step in (*build.instructions, *build.engine_steps) if step.seconds is not None}
    chain: list[Instruction] = []
    step = max(known.values(), key=_end, default=None)
    while step:
        chain.append(step)
        step = max(_inputs(step, known), key=_end, default=None)
    return CriticalPath(tuple(reversed(chain)))


def _inputs(step: Instruction, known: Mapping[str, Instruction]) -> list[Instruction]:
    if step.vertex.exports_result:  # it waits for all other steps, and lists no inputs
        return [other for other in known.values() if other is not step]
    return [known[digest] for digest in step.inputs if digest in known]


def _start(step: Instruction) -> float:
    assert step.started is not None
    return step.started


def _end(step: Instruction) -> float:
    assert step.completed is not None
    return step.completed
