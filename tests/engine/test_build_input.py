"""What a build was given: base images by digest from BuildKit's trace or the engine, and no secret values."""

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest
from buildkit_session import Context, Result, Vertex
from docker.errors import ImageNotFound

from helpers.core.masking import MASK
from helpers.core.records import BuildInput
from helpers.engine.build_input import build_input, platform, resolved
from helpers.engine.image_source import STAND_IN, stand_in_name
from helpers.engine.request import Request
from helpers.engine.served_dockerfile import served
from tests.engine.test_building import read

DIGEST = "sha256:" + "d" * 64
IMAGES: dict[str, dict[str, Any]] = {
    "golang:1.19-bullseye": {"Id": "sha256:base", "Size": 1, "RepoDigests": [f"golang@{DIGEST}"]},
    "mine": {"Id": "sha256:mine", "Size": 1, "RepoDigests": []},
    "sha256:built": {"Os": "linux", "Architecture": "arm", "Variant": "v7"},
}


def client() -> docker.DockerClient:
    """An engine that has IMAGES and nothing else."""

    def get(name: str) -> SimpleNamespace:
        if name not in IMAGES:
            raise ImageNotFound(name)
        return SimpleNamespace(attrs=IMAGES[name])

    engine: Any = SimpleNamespace(images=SimpleNamespace(get=get))
    return engine  # type: ignore[no-any-return]


def built(dockerfile: str, *vertexes: str, tmp: Path, image: str = "sha256:built", **options: Any) -> BuildInput:
    """The input of a build whose trace had vertexes of these names."""
    request = Request(Context(tmp), dockerfile, **options)
    result = Result(1.0, 0, tuple(Vertex("", name) for name in vertexes), image)
    return build_input(client(), request, served(client(), request), result, "d/01.Dockerfile")


@pytest.mark.parametrize(
    ("dockerfile", "vertex", "expected"),
    [
        ("FROM golang:1.19", "[1/3] FROM docker.io/library/golang:1.19", {"golang:1.19": ""}),
        ("FROM golang AS b", "[b 1/3] FROM docker.io/library/golang:latest", {"golang": ""}),
        ("FROM golang", "[1/3] FROM docker.io/library/golang", {"golang": ""}),
        ("FROM a/b:1", f"[1/3] FROM docker.io/a/b:1@{DIGEST}", {"a/b:1": f"a/b@{DIGEST}"}),
        (f"FROM a/b@{DIGEST}", f"[1/3] FROM docker.io/a/b@{DIGEST}", {f"a/b@{DIGEST}": f"a/b@{DIGEST}"}),
        (f"FROM a:1@{DIGEST}", f"FROM docker.io/library/a:1@{DIGEST}", {f"a:1@{DIGEST}": f"a@{DIGEST}"}),
        ("ARG V=1.19\nFROM golang:$V", "[1/1] FROM docker.io/library/golang:1.19", {"golang:1.19": ""}),
        (f"FROM r.example:5000/a@{DIGEST}", f"[1/1] FROM r.example:5000/a@{DIGEST}", None),
        ("FROM scratch\nCOPY --from=tools:2 /a /", "FROM docker.io/library/tools:2", {"tools:2": ""}),
        ("FROM scratch", "[1/1] COPY . /", {}),
        ("FROM scratch", "[internal] load metadata for docker.io/library/golang:1.19", {}),
        ("FROM scratch", "[2/2] RUN echo FROM docker.io/library/golang:1.19", {}),
    ],
)
def test_base_images_in_the_trace(dockerfile: str, vertex: str, expected: dict[str, str] | None) -> None:
    pinned = f"r.example:5000/a@{DIGEST}"
    assert resolved([Vertex("", vertex)], dockerfile) == ({pinned: pinned} if expected is None else expected)


def test_base_images_in_a_recorded_trace() -> None:
    answer, _ = read("20.10-cold")
    dockerfile = "FROM golang:1.19-bullseye AS build\nFROM scratch\n"
    assert resolved(answer.trace.vertexes(), dockerfile) == {"golang:1.19-bullseye": ""}


def test_an_image_without_a_digest_in_the_trace_is_looked_up_on_the_engine(tmp_path: Path) -> None:
    names = ("golang:1.19-bullseye", "mine", "gone")
    dockerfile = "".join(f"FROM {name}\n" for name in names)
    found = built(dockerfile, *(f"[1/1] FROM docker.io/library/{name}" for name in names), tmp=tmp_path)
    assert found.base_images == {"golang:1.19-bullseye": f"golang@{DIGEST}", "mine": "sha256:mine", "gone": ""}


def test_a_stand_ins_digest_in_the_trace_is_not_one_of_the_official_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspected = {
        "Id": "sha256:ours",
        "Size": 1,
        "Config": {"Labels": {STAND_IN: "golang"}},
        "RootFS": {"Layers": ["sha256:0"]},
    }
    monkeypatch.setitem(IMAGES, stand_in_name("golang"), inspected)
    vertex = f"[1/2] FROM docker.io/{stand_in_name('golang')}@{DIGEST}"  # as with the containerd image store
    found = built("FROM golang\n", vertex, tmp=tmp_path)
    assert found.base_images == {"golang": "sha256:ours"}
    assert (found.dockerfile_sent, found.stand_ins) == (
        f"FROM {stand_in_name('golang')}\n",
        {"golang": stand_in_name("golang")},
    )


def test_the_dockerfile_its_digest_and_options_are_recorded(tmp_path: Path) -> None:
    found = built("FROM scratch AS a\n", tmp=tmp_path, target="a", build_args={"MODE": "dev"})
    assert (found.file, found.dockerfile, found.target) == ("d/01.Dockerfile", "FROM scratch AS a\n", "a")
    assert found.dockerfile_digest == f"sha256:{hashlib.sha256(b'FROM scratch AS a' + bytes([10])).hexdigest()}"
    assert (found.build_args, found.platform) == ({"MODE": "dev"}, "linux/arm/v7")


def test_secret_values_are_hidden_everywhere(tmp_path: Path) -> None:
    secrets = {"TOKEN": "tok-4711-abcdef", "PIN_TOKEN": "123", "BASE": "r.example/private:1"}
    dockerfile = "FROM r.example/private:1\nENV T=tok-4711-abcdef\n"
    found = built(dockerfile, "[1/1] FROM r.example/private:1", tmp=tmp_path, build_args=secrets)
    assert found.build_args == dict.fromkeys(secrets, MASK)
    assert found.dockerfile == f"FROM {MASK}\nENV T={MASK}\n"
    assert found.dockerfile_digest == f"sha256:{hashlib.sha256(found.dockerfile.encode()).hexdigest()}"
    assert found.base_images == {MASK: ""}


def test_the_recorded_text_has_no_control_characters_and_the_digest_is_of_what_was_sent(tmp_path: Path) -> None:
    text = "FROM scratch\nLABEL a=\x1b]0;owned\x07b\n"
    found = built(text, tmp=tmp_path)
    assert found.dockerfile == "FROM scratch\nLABEL a=b\n"
    assert found.dockerfile_digest == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_an_unknown_platform_is_empty(tmp_path: Path) -> None:
    assert built("FROM scratch\n", tmp=tmp_path, image="sha256:gone").platform == ""
    assert platform({"Os": "linux", "Architecture": "amd64", "Variant": ""}) == "linux/amd64"
