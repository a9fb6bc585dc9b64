"""The grammar of the names that BuildKit gives to the steps of a build."""

import pytest
from buildkit_session import Instruction, Vertex, parse_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("[1/2] FROM scratch", Instruction("FROM scratch", 1, 2)),
        ("[build 4/6] RUN go build", Instruction("RUN go build", 4, 6, "build")),
        ("[build  4/12] RUN go build", Instruction("RUN go build", 4, 12, "build")),
        ("[ 4/12] RUN a\nb", Instruction("RUN a\nb", 4, 12)),
        ("[stage-1 12/12] COPY --from=build /a /b", Instruction("COPY --from=build /a /b", 12, 12, "stage-1")),
        ("[linux/arm64 build 4/6] RUN make", Instruction("RUN make", 4, 6, "build", "linux/arm64")),
        ("[linux/arm/v7  4/10] RUN make", Instruction("RUN make", 4, 10, "", "linux/arm/v7")),
        ("[linux/amd64->arm64 b 1/2] RUN make", Instruction("RUN make", 1, 2, "b", "linux/amd64->arm64")),
        ("[build 2/3] RUN echo [1/2] RUN x", Instruction("RUN echo [1/2] RUN x", 2, 3, "build")),
    ],
)
def test_an_instruction_is_read(name: str, expected: Instruction) -> None:
    assert parse_name(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "[internal] load build definition from Dockerfile",
        "[auth] library/golang:pull token for registry-1.docker.io",
        "exporting to image",
        "importing cache manifest from a/b",
        "[build] RUN x",
    ],
)
def test_a_step_of_the_engines_own_is_no_instruction(name: str) -> None:
    assert parse_name(name) is None


def test_the_keyword_is_the_first_word() -> None:
    assert [Instruction(text, 1, 1).keyword for text in ("run make", "ONBUILD COPY . .", "")] == ["RUN", "COPY", ""]


def test_seconds_need_a_start_and_an_end() -> None:
    assert Vertex("1", started=1_000_000_000, completed=2_500_000_000).seconds == 1.5
    assert Vertex("1", started=1).seconds is None
