"""Layers are matched with the last stage's instructions in order, or not at all."""

from dataclasses import replace

from helpers.core.records import Build, Image, Instruction, Layer
from helpers.metrics.instructions import with_layers

BASE = Instruction("[build 1/3] FROM golang", "from")
COMPILE = Instruction("[build 2/3] RUN go build", "compile", ("from",))
LAST = Instruction("[stage-1 2/2] COPY --from=build /api /api", "last", ("first", "compile"))
FIRST = Instruction("[stage-1 1/2] COPY --from=build /etc/passwd /etc/passwd", "first", ("compile",))
BUILD = Build("cold", 1.0, "sha256:1", (BASE, LAST, COMPILE, FIRST))
IMAGE = Image("sha256:1", 17, 17, layers=(Layer("COPY passwd", 1), Layer("COPY api", 16)))


def known(build: Build) -> dict[str, int | None]:
    return {step.digest: step.layer_bytes for step in build.instructions}


def test_only_the_last_stages_instructions_have_layers() -> None:
    assert known(with_layers(BUILD, IMAGE)) == {"from": None, "last": 16, "compile": None, "first": 1}


def test_base_image_layers_belong_to_no_instruction() -> None:
    image = replace(IMAGE, layers=(Layer("ADD base", 900), *IMAGE.layers), base_layers=1)
    assert known(with_layers(BUILD, image)) == {"from": None, "last": 16, "compile": None, "first": 1}


def test_nothing_is_guessed_if_the_numbers_differ() -> None:
    assert with_layers(BUILD, replace(IMAGE, layers=IMAGE.layers[:1])) is BUILD


def test_another_builds_image_is_ignored() -> None:
    assert with_layers(replace(BUILD, image_id="sha256:2"), IMAGE).instructions == BUILD.instructions
