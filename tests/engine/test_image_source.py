"""Where an image comes from, read from `docker image inspect`."""

from typing import Any

import pytest

from helpers.engine.image_source import STAND_IN, base_image, normal, stand_in_name

PULLED = "golang@sha256:5f6a"
LOOPBACK = "127.0.0.1:40411/golang@sha256:60d9"


def inspected(label: str = "", digests: tuple[str, ...] = (), layers: int = 1) -> dict[str, Any]:
    """The fields of `docker image inspect` that are read."""
    return {
        "Id": "sha256:78a4",
        "Size": 972845923,
        "RepoDigests": list(digests),
        "Config": {"Labels": {STAND_IN: label} if label else None},
        "RootFS": {"Type": "layers", "Layers": ["sha256:0"] * layers},
    }


@pytest.mark.parametrize(
    ("answer", "source", "digest"),
    [
        (inspected(digests=(PULLED,), layers=7), "registry", PULLED),
        (inspected(digests=(LOOPBACK, PULLED), layers=7), "registry", PULLED),
        (inspected("golang", (LOOPBACK,)), "stand-in", LOOPBACK),
        (inspected("golang:latest"), "stand-in", ""),
        (
            inspected("golang", (PULLED,)),
            "stand-in",
            "",
        ),  # the containerd image store gives every image one
        (inspected(layers=7), "local", ""),
        (inspected("golang", layers=2), "local", ""),  # built on the stand-in, then tagged with its name
        (inspected("golang:1.19-bullseye"), "local", ""),  # a stand-in for another image
        (inspected(digests=(LOOPBACK,), layers=7), "local", ""),
        (inspected(digests=("elsewhere.example/golang@sha256:5f6a",), layers=7), "local", ""),
    ],
)
def test_source_and_digest(answer: dict[str, Any], source: str, digest: str) -> None:
    image = base_image("golang", answer)

    assert (image.source, image.digest) == (source, digest)
    assert (image.reference, image.id, image.bytes) == ("golang", "sha256:78a4", 972845923)
    assert image.is_stand_in == (source == "stand-in")


def test_image_of_another_registry() -> None:
    digest = "127.0.0.1:5000/golang@sha256:5f6a"

    image = base_image("127.0.0.1:5000/golang:1.19", inspected(digests=(digest,)))

    assert (image.source, image.digest) == ("registry", digest)


def test_image_without_configuration() -> None:
    assert base_image("golang", {"Id": "sha256:1", "Size": 1}).source == "local"


@pytest.mark.parametrize(
    ("reference", "whole"),
    [
        ("golang", "golang:latest"),
        ("golang:1.19-bullseye", "golang:1.19-bullseye"),
        ("docker.io/library/golang", "golang:latest"),
        ("index.docker.io/library/golang:1.19-bullseye", "golang:1.19-bullseye"),
        ("library/golang", "golang:latest"),
        ("bitnami/go", "bitnami/go:latest"),
        ("golang@sha256:5f6a", "golang@sha256:5f6a"),
        ("docker.io/library/golang:1.19@sha256:5f6a", "golang:1.19@sha256:5f6a"),
        ("127.0.0.1:5000/golang", "127.0.0.1:5000/golang:latest"),
    ],
)
def test_normal(reference: str, whole: str) -> None:
    assert normal(reference) == whole


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("golang", "dockerfile-workbook/stand-in/golang:latest"),
        ("golang:1.19-bullseye", "dockerfile-workbook/stand-in/golang:1.19-bullseye"),
        ("docker.io/library/golang:1.19-bullseye", "dockerfile-workbook/stand-in/golang:1.19-bullseye"),
        ("127.0.0.1:5000/golang:1.19", "dockerfile-workbook/stand-in/127.0.0.1-5000/golang:1.19"),
    ],
)
def test_name_of_a_stand_in(reference: str, name: str) -> None:
    assert stand_in_name(reference) == name
