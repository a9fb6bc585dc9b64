"""The lines of instructions, and the parent images of a Dockerfile."""

import pytest

from helpers.core.records import Instruction
from helpers.engine.dockerfile import line_of, line_with
from helpers.engine.image_references import parent_images

DOCKERFILE = """\
# A comment
ARG VERSION=1.19
FROM golang:${VERSION} AS Build
ENV A=1
WORKDIR /app
RUN one && \\
    two

COPY . .
FROM build AS tested
RUN three
FROM scratch
COPY --from=tested /program /program
LABEL a=b
COPY --from=build /other /other
"""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("[build 1/4] FROM docker.io/library/golang:1.19", 3),
        ("[build 2/4] WORKDIR /app", 5),
        ("[build 3/4] RUN one && two", 6),
        ("[build 4/4] COPY . .", 9),
        ("[tested 1/1] RUN three", 11),
        ("[stage-2 1/2] COPY --from=tested /program /program", 13),
        ("[linux/arm64 build 3/4] RUN one && two", 6),
        ("[stage-2 2/2] COPY --from=build /other /other", 15),
        ("[internal] load build context", None),
        ("[elsewhere 1/1] RUN", None),
        ("[build 9/9] RUN", None),
    ],
)
def test_an_instruction_is_found_by_its_position(name: str, line: int | None) -> None:
    assert line_of(Instruction(name), DOCKERFILE) == line


def test_a_single_stage_has_no_name() -> None:
    assert line_of(Instruction("[2/3] RUN a"), "FROM golang\nENV A=1\nRUN a\nRUN b\n") == 3


def test_the_line_of_a_text_is_found() -> None:
    assert line_with("two", DOCKERFILE) == 6
    assert line_with("A comment", DOCKERFILE) is None


def test_parents_are_images_and_not_stages() -> None:
    assert parent_images(DOCKERFILE) == ["golang:1.19"]
    assert parent_images("FROM a\nFROM b\nFROM a\n") == ["a", "b"]
    assert parent_images("FROM scratch\n") == []
