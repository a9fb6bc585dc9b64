"""Every form of BuildKit's vertex names is taken apart, and nothing else is mistaken for an instruction."""

from itertools import product

import pytest

from helpers.core.records import Instruction
from helpers.core.vertex_names import VertexName, parse

# All names in the recorded builds of Docker Engine 20.10
RECORDED = {
    "[internal] load build definition from Dockerfile": VertexName(
        "load build definition from Dockerfile", internal=True
    ),
    "[internal] load .dockerignore": VertexName("load .dockerignore", internal=True),
    "[internal] load metadata for docker.io/library/golang:1.19-bullseye": VertexName(
        "load metadata for docker.io/library/golang:1.19-bullseye", internal=True
    ),
    "[internal] load build context": VertexName("load build context", internal=True),
    "[build 1/7] FROM docker.io/library/golang:1.19-bullseye": VertexName(
        "FROM docker.io/library/golang:1.19-bullseye", stage="build", position=1, total=7
    ),
    "[build 2/6] WORKDIR /app": VertexName("WORKDIR /app", stage="build", position=2, total=6),
    "[build 3/6] COPY go.mod nothing.txt ./": VertexName(
        "COPY go.mod nothing.txt ./", stage="build", position=3, total=6
    ),
    "[build 6/6] RUN echo about to fail && false && echo compiled > /program": VertexName(
        "RUN echo about to fail && false && echo compiled > /program", stage="build", position=6, total=6
    ),
    "[stage-1 1/1] COPY --from=build /program /program": VertexName(
        "COPY --from=build /program /program", stage="stage-1", position=1, total=1
    ),
    "exporting to image": VertexName("exporting to image"),
}
OTHERS = {
    "[4/6] RUN make": VertexName("RUN make", position=4, total=6),
    "[ 4/12] RUN make": VertexName("RUN make", position=4, total=12),  # padded to the width of the total
    "[build  4/12] RUN make": VertexName("RUN make", stage="build", position=4, total=12),
    "[linux/arm64 4/6] RUN make": VertexName("RUN make", platform="linux/arm64", position=4, total=6),
    "[linux/amd64->arm64 build 4/6] RUN make": VertexName(
        "RUN make", platform="linux/amd64->arm64", stage="build", position=4, total=6
    ),
    "[windows(10.0.17763)/amd64 build 4/6] RUN make": VertexName(
        "RUN make", platform="windows(10.0.17763)/amd64", stage="build", position=4, total=6
    ),
    "[linux/arm64 internal] load metadata for docker.io/library/golang:1.19": VertexName(
        "load metadata for docker.io/library/golang:1.19", platform="linux/arm64", internal=True
    ),
    "[internal 1/2] COPY . .": VertexName("COPY . .", stage="internal", position=1, total=2),  # a stage of that name
    "[2/3] RUN <<EOF\nmake\nEOF": VertexName("RUN <<EOF\nmake\nEOF", position=2, total=3),
    "[2/3] RUN [ -d a/b ] && echo [3/3] done": VertexName("RUN [ -d a/b ] && echo [3/3] done", position=2, total=3),
}
NOT_INSTRUCTIONS = (
    "",
    "exporting cache to registry",
    "[auth] library/golang:pull token for registry-1.docker.io",
    "[context base] load metadata for docker-image://golang",
    "resolve image config for docker.io/docker/dockerfile:1",
    "docker-image://docker.io/docker/dockerfile:1",
    "importing cache manifest from example.com/cache",
    " [4/6] RUN make",
    "[4/6 RUN make",
    "[4/] RUN make",
    "[4/6]RUN make",
)


@pytest.mark.parametrize(("name", "parts"), (RECORDED | OTHERS).items())
def test_a_name_has_these_parts(name: str, parts: VertexName) -> None:
    assert parse(name) == parts


@pytest.mark.parametrize("name", NOT_INSTRUCTIONS)
def test_a_name_of_another_form_is_all_text(name: str) -> None:
    assert parse(name) == VertexName(name)
    assert not parse(name).is_instruction


PLATFORMS = ("", "linux/amd64", "linux/arm/v7", "linux/amd64->arm64", "linux/amd64->windows/amd64")
STAGES = ("", "build", "stage-1", "go1.19", "my_stage", "6", "internal", "run")
POSITIONS = ((1, 1), (4, 6), (4, 12), (12, 12), (7, 104))
TEXTS = ("RUN go mod download", "FROM scratch@sha256:0a", "COPY . .", "RUN a \\\n  && b", 'RUN echo "[5/7] x"')


def named(platform: str, stage: str, position: int, total: int, text: str) -> str:
    """The name that BuildKit's prefixCommand gives."""
    words = [*filter(None, (platform, stage)), f"{position:{len(str(total))}}/{total}"]
    return f"[{' '.join(words)}] {text}"


def test_every_combination_of_parts_is_recovered() -> None:
    for platform, stage, (position, total), text in product(PLATFORMS, STAGES, POSITIONS, TEXTS):
        name = named(platform, stage, position, total, text)
        assert parse(name) == VertexName(text, platform, stage, position, total), name


@pytest.mark.parametrize(
    ("name", "keyword"),
    [
        ("[4/6] RUN make", "RUN"),
        ("[4/6] ONBUILD COPY . .", "COPY"),
        ("[build 1/6] FROM docker.io/library/golang:1.19", "FROM"),
        ("exporting to image", "EXPORTING"),
    ],
)
def test_the_keyword_is_the_instructions(name: str, keyword: str) -> None:
    assert parse(name).keyword == keyword


@pytest.mark.parametrize(
    ("name", "loads"),
    [
        ("[internal] load build context", "build context"),
        ("[linux/arm64 internal] load .dockerignore", ".dockerignore"),
        ("[internal] settings", ""),
        ("[4/6] load build context", ""),
        ("load build context", ""),
    ],
)
def test_only_an_internal_step_loads_something(name: str, loads: str) -> None:
    assert parse(name).loads == loads


@pytest.mark.parametrize(
    ("name", "is_export", "exports_result"),
    [
        ("exporting to image", True, True),
        ("exporting to oci image format", True, True),
        ("exporting cache to registry", True, False),
        ("[4/6] exporting to image", False, False),
        ("[internal] load build context", False, False),
    ],
)
def test_exports_are_told_apart(name: str, is_export: bool, exports_result: bool) -> None:
    assert (parse(name).is_export, parse(name).exports_result) == (is_export, exports_result)


def test_an_instruction_has_the_parts_of_its_name_and_an_own_step_its_whole_name() -> None:
    step = Instruction("[linux/arm64 build  4/12] RUN go mod download")
    assert (step.text, step.stage, step.position, step.keyword) == ("RUN go mod download", "build", 4, "RUN")
    own = Instruction("[internal] load build context")
    assert (own.text, own.stage, own.position) == ("[internal] load build context", "", 0)
