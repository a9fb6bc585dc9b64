"""A lineage: a cold build with cache mounts of its own, and the builds after it that use the cache that it left.

The engine may remove cache records whenever it needs the space. A build that had to run what the lineage's cold build
left in the cache measures that removal, and not its scenario.
"""

from dataclasses import dataclass

from helpers.core.names import PREFIX
from helpers.core.records import Build, Instruction, Scenario

_CONTEXT = "[internal] load build context"
_CACHED = frozenset({"RUN", "COPY", "WORKDIR"})  # not ADD: what it downloads may have changed


@dataclass(frozen=True)
class Lineage:
    """The namespace of the builds' cache mounts, and the cold build that began it.

    Without a cold build, it is the workbook's own: separate from the user's, with whatever the cache has.
    """

    namespace: str = PREFIX
    cold: Build | None = None

    def lost(self, build: Build) -> Instruction | None:
        """The first instruction that this build ran, although nothing that it needs has changed since the cold build.

        None if there is no such instruction, or if part of a trace could not be read.
        """
        if self.cold is None or not (self.cold.trace_complete and build.trace_complete):
            return None
        left = {_identity(step) for step in self.cold.instructions if step.cached is False}
        steps = {step.digest: step for step in (*build.instructions, *build.engine_steps)}
        same = _has_same_context(self.cold, build)
        ran = (step for step in build.instructions if step.cached is False and step.keyword in _CACHED)
        again = (step for step in ran if _identity(step) in left)
        return next((step for step in again if all(_is_same(steps.get(each), same) for each in step.inputs)), None)


def _identity(step: Instruction) -> tuple[str, int, str]:
    """What stays the same from build to build; digests don't."""
    return step.stage, step.position, step.text


def _has_same_context(cold: Build, build: Build) -> bool:
    digests = {each.input.context_digest if each.input else None for each in (cold, build)}
    return build.scenario == Scenario.UNCHANGED and len(digests) == 1 and None not in digests


def _is_same(needed: Instruction | None, same_context: bool) -> bool:
    """Whether a step that another needs certainly has the same result as in the cold build."""
    if needed is None:
        return False
    if needed.name == _CONTEXT:
        return same_context
    return needed.cached is True or (needed.keyword == "FROM" and needed.cached is None)
