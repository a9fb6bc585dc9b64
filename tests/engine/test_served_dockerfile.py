"""Builds use a stand-in if the engine lacks the official image, and show what the user wrote; no other build does."""

from pathlib import Path

import buildkit_session
import docker
import pytest
from buildkit_session import Context

from helpers.charts.lines import command_line
from helpers.core.errors import BuildFailed
from helpers.core.records import BaseImage, Build, Progress
from helpers.engine import building
from helpers.engine.image_source import stand_in_name
from helpers.engine.request import Request
from helpers.engine.served_dockerfile import ServedDockerfile
from tests.fixtures.engines import OwnEngine
from tests.standins.images import small_image
from tests.standins.test_names import stand_in

OLD = "golang:1.19-bullseye"
OURS, OUR_OLD = stand_in_name("golang"), stand_in_name(OLD)
DOCKERFILE = f"""\
# FROM golang
ARG V=1.19
FROM golang:$V-bullseye AS golang
FROM docker.io/library/golang
COPY --from=golang /a /b
COPY --from={OLD} /a /c
"""


def image(reference: str, name: str) -> BaseImage:
    return BaseImage(reference, "", "stand-in", name=name)


def test_the_engines_texts_name_the_references_as_written() -> None:
    sent = ServedDockerfile("", {"golang": image("golang", OURS), OLD: image(OLD, OUR_OLD), "x": image("x", "x")})

    assert sent.stand_ins == {"golang": OURS, OLD: OUR_OLD}
    assert sent.as_written(f"FROM docker.io/{OUR_OLD}@sha256:5f") == f"FROM docker.io/library/{OLD}@sha256:5f"
    assert sent.as_written(f"load metadata for docker.io/{OURS}") == "load metadata for docker.io/library/golang:latest"
    assert sent.as_written(f"COPY --from={OURS} /a /") == "COPY --from=golang /a /"


def build(client: docker.DockerClient, folder: Path, text: str, heard: list[Progress] | None = None) -> Build:
    (folder / "file").write_text("x")
    request = Request(Context(folder), text, tag="users/built")
    listener = (lambda progress: None) if heard is None else heard.append
    return building.build(client, request, scenario="cold", listener=listener)


@pytest.mark.engine
def test_a_build_uses_stand_ins_and_shows_what_the_user_wrote(own_engine: OwnEngine, tmp_path: Path) -> None:
    client, heard = own_engine.client, list[Progress]()
    identities = {"docker.io/library/golang": stand_in(client, OURS), OLD: stand_in(client, OUR_OLD, OLD)}

    built = build(client, tmp_path, DOCKERFILE, heard)

    assert built.input and built.input.dockerfile == DOCKERFILE
    assert built.input.base_images == identities
    assert built.input.stand_ins == {"docker.io/library/golang": OURS, OLD: OUR_OLD}
    assert built.input.dockerfile_sent == (
        f"# FROM golang\nARG V=1.19\nFROM {OUR_OLD} AS golang\nFROM {OURS}\n"
        f"COPY --from=golang /a /b\nCOPY --from={OUR_OLD} /a /c\n"
    )
    shown = [step.name for step in (*built.instructions, *built.engine_steps)]
    assert "[stage-1 1/3] FROM docker.io/library/golang:latest" in shown
    assert "stand-in" not in " ".join([*shown, *(progress.what for progress in heard)])
    assert command_line(built).endswith(
        f"the official {OLD} and docker.io/library/golang: this engine can't use a stand-in for it"
    ) == (not building.has_named_contexts(client))


@pytest.mark.engine
def test_an_official_image_goes_before_the_stand_in(own_engine: OwnEngine, tmp_path: Path) -> None:
    client = own_engine.client
    stand_in(client, OURS)
    official = small_image(client, "golang:latest")

    built = build(client, tmp_path, "FROM golang\nCOPY file /\n")

    assert built.input and built.input.base_images == {"golang": official}
    assert (built.input.dockerfile_sent, built.input.stand_ins) == ("", {})


@pytest.mark.engine
def test_an_image_without_our_label_is_no_stand_in(own_engine: OwnEngine, tmp_path: Path) -> None:
    small_image(own_engine.client, OURS)

    with pytest.raises(BuildFailed, match="line 2: the engine doesn't have the image golang and could not pull it"):
        build(own_engine.client, tmp_path, "# a\nFROM golang\nCOPY file /\n")


@pytest.mark.engine
def test_other_builds_never_use_a_stand_in(own_engine: OwnEngine, tmp_path: Path) -> None:
    stand_in(own_engine.client, OURS)

    result = buildkit_session.build(own_engine.client, Context(tmp_path), "FROM golang\nCOPY . /\n")

    assert result.error and "golang" in result.error


@pytest.mark.engine
def test_an_image_that_is_not_there_is_named_with_its_line(own_engine: OwnEngine, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"line 3: the engine doesn't have the image golang:1\.20 ") as caught:
        build(own_engine.client, tmp_path, "ARG V=1.20\n\nFROM golang:$V\nCOPY file /\n")
    assert "docker pull golang:1.20" in caught.value.hint


def test_the_command_replaces_the_images_where_the_engine_can(tmp_path: Path) -> None:
    request = Request(Context(tmp_path), "FROM golang\n")

    command = building.command_line(request, "Dockerfile", {"golang": OURS})

    assert f"--build-context golang=docker-image://{OURS} {tmp_path.name}" in command
    for version, expected in {"1.41": False, "1.42": True, "2.0": True}.items():
        assert building.has_named_contexts(docker.DockerClient("unix:///nowhere", version=version)) == expected
