"""The record of what a build was given: its Dockerfile, context, arguments, and the base images that it resolved."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import docker
import requests
from buildkit_session import Result, Vertex
from docker.errors import DockerException, InvalidRepository

from helpers.core.masking import hiding, secret_build_args, without_secrets
from helpers.core.printable import printable, with_texts
from helpers.core.records import BuildInput
from helpers.engine import image_source
from helpers.engine.image_references import image_references
from helpers.engine.request import Request
from helpers.engine.served_dockerfile import ServedDockerfile

_FROM = re.compile(r"^(?:\[[^\]]*\] )?FROM (?:docker\.io/(?:library/)?)?(?P<name>[^@\s]+)(?:@(?P<digest>\S+))?$")


def build_input(
    client: docker.DockerClient, request: Request, sent: ServedDockerfile, result: Result, file: str
) -> BuildInput:
    """What was built, except the context's digest. The request has the user's build arguments only.

    `sent` is its Dockerfile as it was sent, `file` the Dockerfile's path as shown to the user.
    """
    hide = hiding(secret_build_args(request.build_args))
    text = hide(request.dockerfile)
    known = BuildInput(
        file=file,
        dockerfile=text,
        dockerfile_digest=text_digest(text),
        build_args=without_secrets(request.build_args),
        target=request.target or "",
        base_images=dict(_base_images(client, with_texts(result.vertexes, sent.as_written), request, sent)),
        platform=platform(_inspected(client, result.image_id)),
        dockerfile_sent=sent.text if sent.stand_ins else "",
        stand_ins=sent.stand_ins,
    )
    return with_texts(known, lambda each: printable(hide(each)))


def text_digest(text: str) -> str:
    """The text's SHA-256, "sha256:…"."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def platform(inspected: dict[str, Any]) -> str:
    """The image's platform from `docker image inspect`, "linux/arm/v7"; "" if unknown."""
    parts = (inspected.get(part) for part in ("Os", "Architecture", "Variant"))
    return "/".join(part for part in parts if part)


def resolved(
    vertexes: Iterable[Vertex], dockerfile: str, build_args: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The images that the build started from or copied from, by reference as the Dockerfile names them.

    Each with its digest, "golang@sha256:…", if BuildKit's trace names one; otherwise "".
    """
    written = {_plain(each.image): each.image for each in image_references(dockerfile, build_args or {})}
    found = {}
    for match in filter(None, (_FROM.match(vertex.name) for vertex in vertexes)):
        name, digest = match["name"], match["digest"]
        reference = written.get(_plain(f"{name}@{digest}")) or written.get(_plain(name)) or name
        found[reference] = f"{image_source.split(name)[0]}@{digest}" if digest else ""
    return found


def _plain(reference: str) -> str:
    """The reference in its normal form; unchanged if it is none."""
    with suppress(InvalidRepository):
        return image_source.normal(reference)
    return reference


def _base_images(
    client: docker.DockerClient, vertexes: Iterable[Vertex], request: Request, sent: ServedDockerfile
) -> Iterator[tuple[str, str]]:
    """Each reference with its digest, else its ID. An image that the build pulled is looked up on the engine.

    The trace's digest of a stand-in isn't one of the reference that it replaces.
    """
    for reference, digest in resolved(vertexes, request.dockerfile, request.build_args).items():
        known = sent.images.get(reference)
        if known and (known.is_stand_in or not digest):
            yield reference, known.digest or known.id
        else:
            yield reference, digest or _pulled(client, reference)


def _pulled(client: docker.DockerClient, reference: str) -> str:
    inspected = _inspected(client, reference)
    return image_source.digest(reference, inspected) or str(inspected.get("Id", ""))


def _inspected(client: docker.DockerClient, image: str) -> dict[str, Any]:
    """The output of `docker image inspect`; empty if the engine doesn't say: the build itself has succeeded."""
    with suppress(DockerException, requests.RequestException):
        return dict(client.images.get(image).attrs)
    return {}
