"""Brings a stand-in from its image layout into the engine: pulled from our own loopback registry, else loaded."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import docker
from docker.errors import ImageNotFound

from helpers.core.errors import BaseImageError
from helpers.core.records import Progress
from helpers.engine.image_source import split, stand_in_name
from helpers.engine.pull import OnProgress, pull
from helpers.engine.removal import untag
from helpers.standins import local_registry
from helpers.standins.image_layout import ImageLayout, archive
from helpers.standins.recipes import Recipe

_SECONDS = 600  # for the engine to unpack 1 GB


def deliver(client: docker.DockerClient, layout: ImageLayout, recipe: Recipe, on_progress: OnProgress) -> str:
    """Gives the engine the image under the stand-in's name, and a digest if the recipe is pinned.

    The name comes last, so that it never points to an incomplete image. An engine that can't reach this machine's
    loopback address gets the image without a digest. Returns why there is none; "" if there is or none is needed.
    Raises BaseImageError or DiskFull.
    """
    what = f"{recipe.reference}: importing into the engine"
    try:
        pin(client, layout, recipe, lambda step: on_progress(replace(step, what=what)))
    except BaseImageError as error:
        load(client, layout, what, on_progress)
        return no_digest(recipe, error) if recipe.pinned else ""
    return ""


def no_digest(recipe: Recipe, error: BaseImageError) -> str:
    """The message that a stand-in can't be pinned, with the reason."""
    return f"{recipe.reference} has no digest to pin: {error.message}"


def pin(client: docker.DockerClient, layout: ImageLayout, recipe: Recipe, on_progress: OnProgress) -> None:
    """Pulls the image from a loopback registry and tags it. A pinned one keeps the registry's name and so its digest.

    The digest works without the registry, because the engine has the image. Raises BaseImageError, also if the engine's
    loopback address has another image, or DiskFull.
    """
    with local_registry.serving(layout) as address:
        there = f"{address}/{served_name(recipe.reference)}"
        try:
            pull(client, [there], on_progress, {})  # the layer isn't compressed, so its size there isn't worth saving
            _require_ours(client, there, layout)
            client.api.tag(there, *split(stand_in_name(recipe.reference)))
        except BaseException:
            _untag(client, there)
            raise
    if not recipe.pinned:
        _untag(client, there)


def served_name(reference: str) -> str:
    """The image's name and tag in the loopback registry: "golang:1.19-bullseye"."""
    repository, tag = split(reference)
    return f"{repository.rsplit('/', 1)[-1]}:{tag}"


def _require_ours(client: docker.DockerClient, name: str, layout: ImageLayout) -> None:
    """Raises BaseImageError if the engine pulled something else: on another machine, its loopback isn't ours."""
    if client.images.get(name).id not in layout.identities:
        raise BaseImageError(
            "the engine pulled another image from its own loopback address, which isn't this machine's"
        )


def _untag(client: docker.DockerClient, name: str) -> None:
    with suppress(ImageNotFound):
        untag(client, name)


def load(client: docker.DockerClient, layout: ImageLayout, what: str, on_progress: OnProgress) -> None:
    """Loads the image; the layout's own index says under which name. Raises BaseImageError if the engine refuses."""

    def report(sent: int) -> None:
        on_progress(Progress(what, detail=f"{sent / 1e6:.0f} of {layout.bytes / 1e6:.0f} MB"))

    api: Any = client.api
    answer = api._post(
        api._url("/images/load"),
        params={"quiet": True},
        headers={"Content-Type": "application/x-tar"},
        data=archive(layout, report),
        timeout=_SECONDS,
    )
    api._raise_for_status(answer)
    require_loaded(json.loads(line) for line in answer.text.splitlines() if line.strip())


def require_loaded(answers: Iterator[dict[str, Any]]) -> None:
    """Raises BaseImageError with the engine's reason if its answers to a load contain an error."""
    for answer in answers:
        if "error" in answer:
            raise BaseImageError(f"The engine could not load the stand-in: {answer['error']}")
