"""The instructions of one Dockerfile's builds: their order, which ran and which were cached, and their layers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from helpers.core.records import Build, Image, Instruction, Scenario

_MAKE_LAYERS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


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


def with_layers(build: Build, image: Image) -> Build:
    """The build with each instruction's layer size in bytes.

    Only the last stage's layers are known. They are matched by number and order, never by text: if the numbers differ,
    or the image is from another build, the build is returned unchanged.
    """
    last = _last_stage(build)
    layers = image.layers[image.base_layers :]
    if build.image_id != image.id or len(last) != len(layers):
        return build
    known = {step.digest: layer.bytes for step, layer in zip(last, layers, strict=True)}
    return replace(
        build, instructions=tuple(replace(step, layer_bytes=known.get(step.digest)) for step in build.instructions)
    )


def _last_stage(build: Build) -> list[Instruction]:
    """The layer-creating instructions, in order, of the final stage: the one that no other depends on."""
    used = {digest for step in build.instructions for digest in step.inputs}
    ends = {step.stage for step in build.instructions if step.digest not in used}
    if len(ends) != 1:
        return []
    last = [step for step in build.instructions if step.stage in ends and step.keyword in _MAKE_LAYERS]
    return sorted(last, key=lambda step: step.position)
