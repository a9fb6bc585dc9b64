"""Where an image comes from, read from `docker image inspect`. Pure functions."""

from typing import Any

from docker.auth import resolve_repository_name
from docker.utils import parse_repository_tag

from helpers.core.names import STAND_INS
from helpers.core.records import BaseImage

STAND_IN = "dockerfile-workbook.stand-in"  # label: the reference that a stand-in replaces
LOOPBACK = "127.0.0.1:"
_DOCKER_HUB = "docker.io"


def split(reference: str) -> tuple[str, str]:
    """The reference's repository and its tag or digest: ("golang", "latest") for "golang"."""
    repository, tag = parse_repository_tag(reference)
    return repository, "latest" if tag is None else tag


def normal(reference: str) -> str:
    """The reference in Docker's short form, always with a tag or a digest.

    "golang:latest" for "golang" and for "docker.io/library/golang". Raises docker.errors.InvalidRepository if Docker
    allows no such name.
    """
    registry, path = resolve_repository_name(reference)
    short = path.removeprefix("library/") if registry == _DOCKER_HUB else f"{registry}/{path}"
    return short if "@" in short else ":".join(split(short))


def full(reference: str) -> str:
    """The reference with its registry, as BuildKit's trace names it: "docker.io/library/golang:latest"."""
    registry, path = resolve_repository_name(reference)
    is_official = registry == _DOCKER_HUB and "/" not in path
    return f"{registry}/library/{path}" if is_official else f"{registry}/{path}"


def stand_in_name(reference: str) -> str:
    """The name of the stand-in for an official image: "dockerfile-workbook/stand-in/golang:latest" for "golang".

    No official name is ever given to a stand-in, so that builds other than the course's never use it.
    """
    *registry, repository, tag = normal(reference).split(":")
    return f"{STAND_INS}/{'-'.join([*registry, repository])}:{tag}"  # only a registry's address may have a port


def base_image(reference: str, inspected: dict[str, Any], name: str = "") -> BaseImage:
    """The base image for that reference, from the output of `docker image inspect`.

    `name` is the image's name on the engine, if that isn't the reference.
    """
    return BaseImage(
        reference=reference,
        name=name or reference,
        digest=digest(reference, inspected),
        source=source(reference, inspected),
        id=inspected["Id"],
        bytes=inspected["Size"],
    )


def source(reference: str, inspected: dict[str, Any]) -> str:
    """Returns "stand-in" if our label names the reference, "registry" if it was pulled, else "local".

    Images built on a stand-in inherit its label, so a stand-in must also have a single layer. With the containerd image
    store, every image has a digest under its own name: there, an image that the user built counts as pulled.
    """
    if is_stand_in(reference, inspected):
        return "stand-in"
    return "registry" if digest(reference, inspected) else "local"


def is_stand_in(reference: str, inspected: dict[str, Any]) -> bool:
    """Whether the course made the image as a stand-in for that reference."""
    label = ((inspected.get("Config") or {}).get("Labels") or {}).get(STAND_IN, "")
    layers = (inspected.get("RootFS") or {}).get("Layers") or []
    return bool(label) and normal(label) == normal(reference) and len(layers) == 1


def digest(reference: str, inspected: dict[str, Any]) -> str:
    """The digest reference to pin in a Dockerfile; "" if there is none. A stand-in's names the loopback registry."""
    wanted = resolve_repository_name(parse_repository_tag(reference)[0])
    known = [name for name in inspected.get("RepoDigests") or [] if "@" in name]
    if is_stand_in(reference, inspected):
        return next((name for name in known if name.startswith(LOOPBACK)), "")
    return next((name for name in known if resolve_repository_name(name.split("@")[0]) == wanted), "")
