"""An image's record, from its configuration and history."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from docker import DockerClient
from docker.errors import APIError, ImageNotFound

from helpers.core.printable import printable, with_texts
from helpers.core.records.image import Image, Layer
from helpers.engine.base_images import found
from helpers.engine.failures import explained
from helpers.engine.image_scan import saved_image, scan
from helpers.engine.image_scan.saved_image import Cache
from helpers.engine.image_source import split

# Storage drivers whose history counts the bytes of the layers' regular files, hard links once. (In pulled or imported
# layers also the targets of symbolic links: 28 KB in 900 MB. moby: pkg/directory.Size.) Others count blocks, folders or
# compressed copies; for those, the bytes are counted in the saved image.
COUNTS_FILES = frozenset({"overlay2"})
SMALL = 100_000_000  # bytes; an image of this size is scanned in about a second
CONFLICT = 409
_METADATA = re.compile(
    r"(?:/bin/sh -c #\(nop\)\s+)?"
    r"(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b"
)


def inspect(client: DockerClient, image: str, parents: Iterable[str] = (), cache: Cache | None = None) -> Image:
    """The image's identity, sizes, layers and configuration; `parents` are the images that its stages start from.

    `cache` is that of `contents.scan`. Raises WorkbookError if the engine has no such image.
    """
    with explained():
        facts = client.images.get(image).attrs
        layers = _layers(client, facts, cache)
        shared = max((_shared(client, facts, parent) for parent in parents), default=0)
    return replace(parse(facts, layers), base_layers=shared)


def weighed(image: Image, cache: Cache) -> Image:
    """The image with its transfer bytes, if the compressed size of every layer is cached, from a registry or a scan."""
    return replace(image, transfer_bytes=saved_image.total(cache, [layer.diff_id for layer in image.layers]))


def _shared(client: DockerClient, facts: dict[str, Any], parent: str) -> int:
    """How many layers the image has from that parent: all of the parent's, or 0 if it isn't based on it."""
    base = found(client, parent)
    if base is None:
        return 0  # not on the engine, or a name that only the build resolves: the last stage has another base
    below = client.images.get(base.id).attrs["RootFS"].get("Layers") or []
    return len(below) if below == (facts["RootFS"].get("Layers") or [])[: len(below)] else 0


def exists(client: DockerClient, identity: str) -> bool:
    """Whether the engine has an image of that ID."""
    with explained():
        try:
            client.images.get(identity)
        except ImageNotFound:
            return False
    return True


def remove(client: DockerClient, identity: str) -> bool:
    """Removes the image of that ID if it has no name and no container uses it; returns whether it did."""
    with explained():
        try:
            if client.images.get(identity).tags:
                return False
            client.images.remove(identity)
        except ImageNotFound:
            return False
        except APIError as error:
            if error.status_code != CONFLICT:  # a container uses it
                raise
            return False
    return True


@contextmanager
def replacing(client: DockerClient, name: str | None) -> Iterator[None]:
    """Removes, after the block, the image that had this name before it, if another image has the name now.

    Otherwise the engine would keep the image of every earlier build, without a name.
    """
    with explained():
        before = {str(image.id) for image in client.images.list(name)} if name else set()
    yield
    for identity in before:
        remove(client, identity)


def tag(client: DockerClient, identity: str, name: str) -> None:
    """Gives the image this name, unless it has it or the engine no longer has the image.

    Another image that had the name is removed. Raises WorkbookError.
    """
    with explained(), suppress(ImageNotFound):
        image = client.images.get(identity)
        if image.id in {each.id for each in client.images.list(name)}:
            return
        with replacing(client, name):
            image.tag(*split(name))


def parse(facts: dict[str, Any], layers: tuple[Layer, ...]) -> Image:
    """The record from a response of `GET /images/<name>/json`, its texts safe to print."""
    config = facts.get("Config") or {}
    image = Image(
        id=facts["Id"],
        bytes=sum(layer.bytes for layer in layers),
        engine_bytes=facts["Size"],
        layers=layers,
        architecture=facts.get("Architecture", ""),
        user=config.get("User") or "",
        environment=_environment(config.get("Env")),
        labels=dict(config.get("Labels") or {}),
        exposed_ports=tuple(sorted(config.get("ExposedPorts") or ())),
        entrypoint=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        healthcheck=_healthcheck(config.get("Healthcheck")),
    )
    return with_texts(image, printable)


def join(history: Iterable[dict[str, Any]], diff_ids: Sequence[str]) -> tuple[Layer, ...]:
    """The layers, lowest first, from a response of `GET /images/<name>/history` (which has the newest first).

    The response doesn't say which entries created a layer. If the number of entries that write files differs from the
    number of layers, the diff IDs stay empty, since they could be another layer's.
    """
    steps = [step for step in reversed(list(history)) if step["Size"] or not _METADATA.match(step["CreatedBy"])]
    known = list(diff_ids) if len(diff_ids) == len(steps) else [""] * len(steps)
    return tuple(Layer(step["CreatedBy"], step["Size"], diff_id) for step, diff_id in zip(steps, known, strict=True))


def _layers(client: DockerClient, facts: dict[str, Any], cache: Cache | None) -> tuple[Layer, ...]:
    if client.info()["Driver"] not in COUNTS_FILES:
        return scan(client, facts["Id"], cache).layers
    return join(client.images.get(facts["Id"]).history(), facts["RootFS"].get("Layers") or ())


def _environment(pairs: Iterable[str] | None) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in pairs or () if "=" in pair)


def _healthcheck(healthcheck: dict[str, Any] | None) -> tuple[str, ...]:
    test = tuple((healthcheck or {}).get("Test") or ())
    return () if test == ("NONE",) else test
