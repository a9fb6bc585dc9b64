"""Which instruction created which layer of an image, and the layer's size."""

from dataclasses import replace

from helpers.core.records.build import Build, Instruction
from helpers.core.records.image import Image

_MAKE_LAYERS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


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
