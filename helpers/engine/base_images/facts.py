"""What an engine's account of an image says of where the image is from. Pure: it reads, it asks nothing."""

from typing import Any

from docker.auth import resolve_repository_name
from docker.utils import parse_repository_tag

from helpers.records import BaseImage

STAND_IN = "dockerfile-workbook.stand-in"  # the label that says which name an image stands in for
LOOPBACK = "127.0.0.1:"


def split(reference: str) -> tuple[str, str]:
    """The reference's repository and its tag, or its digest: "golang" is "golang" and "latest"."""
    repository, tag = parse_repository_tag(reference)
    return repository, tag or "latest"


def normal(reference: str) -> str:
    """The reference with its tag: "golang" is "golang:latest"."""
    return ":".join(split(reference))


def base_image(reference: str, inspected: dict[str, Any]) -> BaseImage:
    """The base image that the engine has under that reference, from its answer to `docker image inspect`."""
    return BaseImage(
        reference=reference,
        digest=digest(reference, inspected),
        source=source(reference, inspected),
        id=inspected["Id"],
        bytes=inspected["Size"],
    )


def source(reference: str, inspected: dict[str, Any]) -> str:
    """ "stand-in" where our label names the reference, "registry" where it was pulled, else "local".

    Images built on a stand-in inherit its label, so a stand-in is also of a single layer. An engine with the containerd
    store has a digest for every image under its own name: there an image that somebody built counts as pulled.
    """
    if is_stand_in(reference, inspected):
        return "stand-in"
    return "registry" if digest(reference, inspected) else "local"


def is_stand_in(reference: str, inspected: dict[str, Any]) -> bool:
    """Whether the course made the image to stand in for that reference."""
    label = ((inspected.get("Config") or {}).get("Labels") or {}).get(STAND_IN, "")
    layers = (inspected.get("RootFS") or {}).get("Layers") or []
    return bool(label) and normal(label) == normal(reference) and len(layers) == 1


def digest(reference: str, inspected: dict[str, Any]) -> str:
    """The name that a Dockerfile can pin to; "" where there is none. A stand-in's is of the loopback registry."""
    wanted = resolve_repository_name(parse_repository_tag(reference)[0])
    known = [name for name in inspected.get("RepoDigests") or [] if "@" in name]
    if is_stand_in(reference, inspected):
        return next((name for name in known if name.startswith(LOOPBACK)), "")
    return next((name for name in known if resolve_repository_name(name.split("@")[0]) == wanted), "")
