"""The instructions of one Dockerfile's builds: their order, and which ran and which were cached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from helpers.core.records import Build, Instruction, Scenario


@dataclass(frozen=True, slots=True)
class CacheUse:
    """Numbers of instructions; a FROM neither runs nor is cached."""

    ran: int
    cached: int


def cache_use(build: Build) -> CacheUse:
    """How many of the build's instructions ran, and how many were cached."""
    outcomes = [step.cached for step in build.instructions]
    return CacheUse(ran=outcomes.count(False), cached=outcomes.count(True))


def in_order(builds: Iterable[Build]) -> list[Instruction]:
    """Each instruction of the builds once, in Dockerfile order: by stage, then by position."""
    known = list(builds)
    found = {step.name: step for build in known for step in reversed(build.instructions)}
    stages = list(dict.fromkeys(step.stage for build in known for step in build.instructions))
    return sorted(found.values(), key=lambda step: (stages.index(step.stage), step.position))


def by_scenario(builds: Mapping[str, Build]) -> dict[str, dict[Scenario, Instruction]]:
    """Each instruction, by its name in Dockerfile order, as it was in each scenario that has a build with it."""
    return {
        step.name: {
            scenario: same
            for scenario in Scenario
            if scenario in builds
            for same in builds[scenario].instructions
            if same.name == step.name
        }
        for step in in_order(builds.values())
    }
