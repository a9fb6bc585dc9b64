"""Which instruction made which layer of an image, and how many bytes are in it."""

from dataclasses import replace

from helpers.records.build import Build, Instruction
from helpers.records.image import Image

_MAKE_LAYERS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


def with_layers(build: Build, image: Image) -> Build:
    """The build, its instructions with the bytes of the layers that they made.

    Of build stages no layers are known, only of the last stage; told by their number and order, and never by their
    texts: where the numbers differ, or the image is another build's, nothing is known.
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
    """The instructions of the stage that becomes the image, in their order: the one that no other stands on."""
    stood_on = {digest for step in build.instructions for digest in step.inputs}
    ends = {step.stage for step in build.instructions if step.digest not in stood_on}
    if len(ends) != 1:
        return []
    last = [step for step in build.instructions if step.stage in ends and step.keyword in _MAKE_LAYERS]
    return sorted(last, key=lambda step: step.position)
