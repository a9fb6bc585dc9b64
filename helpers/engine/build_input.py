"""The record of what a build was given: its Dockerfile, context, arguments, and the base images that it resolved."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import docker
import requests
from buildkit_session import Result, Vertex
from docker.errors import DockerException

from helpers.core.masking import hiding, secret_build_args, without_secrets
from helpers.core.printable import printable, with_texts
from helpers.core.records import BuildInput
from helpers.engine import image_source
from helpers.engine.image_references import parent_images
from helpers.engine.request import Request

_FROM = re.compile(r"^(?:\[[^\]]*\] )?FROM (?:docker\.io/(?:library/)?)?(?P<name>[^@\s]+)(?:@(?P<digest>\S+))?$")


def build_input(client: docker.DockerClient, request: Request, result: Result, file: str) -> BuildInput:
    """What was built, except the context's digest. The request has the user's build arguments only.

    `file` is the Dockerfile's path as shown to the user.
    """
    hide = hiding(secret_build_args(request.build_args))
    text = hide(request.dockerfile)
    known = BuildInput(
        file=file,
        dockerfile=text,
        dockerfile_digest=text_digest(text),
        build_args=without_secrets(request.build_args),
        target=request.target or "",
        base_images=dict(_base_images(client, result.vertexes, request.dockerfile)),
        platform=platform(_inspected(client, result.image_id)),
    )
    return with_texts(known, lambda each: printable(hide(each)))


def text_digest(text: str) -> str:
    """The text's SHA-256, "sha256:…"."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def platform(inspected: dict[str, Any]) -> str:
    """The image's platform from `docker image inspect`, "linux/arm/v7"; "" if unknown."""
    parts = (inspected.get(part) for part in ("Os", "Architecture", "Variant"))
    return "/".join(part for part in parts if part)


def resolved(vertexes: Iterable[Vertex], dockerfile: str) -> dict[str, str]:
    """The images that the build started from or copied from, by reference as the Dockerfile names them.

    Each with its digest, "golang@sha256:…", if BuildKit's trace names one; otherwise "".
    """
    written = {_plain(image): image for image in parent_images(dockerfile)}
    found = {}
    for match in filter(None, (_FROM.match(vertex.name) for vertex in vertexes)):
        name, digest = match["name"], match["digest"]
        reference = written.get(_plain(f"{name}@{digest}")) or written.get(_plain(name)) or name
        found[reference] = f"{image_source.split(name)[0]}@{digest}" if digest else ""
    return found


def _plain(reference: str) -> str:
    """The reference as BuildKit's trace names it, without Docker Hub's address but always with a tag or digest."""
    short = re.sub(r"^docker\.io/(?:library/)?", "", reference)
    return short if "@" in short else image_source.normal(short)


def _base_images(client: docker.DockerClient, vertexes: Iterable[Vertex], dockerfile: str) -> Iterator[tuple[str, str]]:
    """Each reference with its digest. An image that the engine had already is looked up there."""
    for reference, digest in resolved(vertexes, dockerfile).items():
        inspected = {} if digest else _inspected(client, reference)
        yield reference, digest or image_source.digest(reference, inspected) or inspected.get("Id", "")


def _inspected(client: docker.DockerClient, image: str) -> dict[str, Any]:
    """The output of `docker image inspect`; empty if the engine doesn't say: the build itself has succeeded."""
    with suppress(DockerException, requests.RequestException):
        return dict(client.images.get(image).attrs)
    return {}
