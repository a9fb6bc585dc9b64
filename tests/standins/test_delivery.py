"""A stand-in gets a digest to pin if the engine can pull it from the loopback address; else it has none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from helpers.core.errors import BaseImageError
from helpers.engine.base_images import found
from helpers.engine.image_source import STAND_IN, stand_in_name
from helpers.standins import delivery, local_registry
from helpers.standins.image_layout import ImageLayout, read
from helpers.standins.recipes import Plan
from tests.standins.layouts import small_layout
from tests.standins.workshop import SMALL, Workshop, image_of

pytestmark = pytest.mark.engine


def test_pinned_stand_in_has_a_digest(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    assert image_of(client, names).digest.startswith("127.0.0.1:")
    assert workshop.said == []


def test_only_a_pinned_stand_in_keeps_a_name_of_the_registry(client: docker.DockerClient, workshop: Workshop) -> None:
    workshop.execute(client, Plan(made=(replace(SMALL, pinned=False),)))

    image = found(client, SMALL.reference)
    assert image is not None
    assert (client.images.get(image.id).tags, image.digest) == ([stand_in_name(SMALL.reference)], "")


def test_missing_digest_is_added_later(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    workshop.execute(client, Plan(made=(replace(SMALL, pinned=False),)))
    before = image_of(client, names)

    workshop.execute(client, Plan(pinned=(SMALL,)))

    after = image_of(client, names)
    assert (after.id, before.digest) == (before.id, "")
    assert after.digest


def test_stand_in_that_is_not_in_the_cache_gets_no_digest(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(replace(SMALL, pinned=False),)))
    for layout in workshop.layouts():
        shutil.rmtree(layout)

    workshop.execute(client, Plan(pinned=(SMALL,)))

    assert image_of(client, names).digest == ""
    assert "the cache folder doesn't have this stand-in" in workshop.said[0]


def test_engine_that_cannot_reach_the_registry_gets_the_image_without_a_digest(
    client: docker.DockerClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    @contextmanager
    def elsewhere(layout: ImageLayout) -> Iterator[str]:
        yield "127.0.0.1:1"

    monkeypatch.setattr(local_registry, "serving", elsewhere)

    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    assert (image_of(client, names).digest, image_of(client, names).source) == ("", "stand-in")
    (line,) = workshop.said
    assert line.startswith(f"{SMALL.reference} has no digest to pin: ") and "connection refused" in line


def test_engine_with_another_registry_at_its_loopback_address(
    client: docker.DockerClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, names: list[str], tmp_path: Path
) -> None:
    serving, foreign = local_registry.serving, small_layout(tmp_path, "foreign", {STAND_IN: SMALL.reference})
    addresses: list[str] = []

    @contextmanager
    def elsewhere(layout: ImageLayout) -> Iterator[str]:
        with serving(foreign) as address:
            addresses.append(address)
            yield address

    monkeypatch.setattr(local_registry, "serving", elsewhere)

    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    (layout,) = map(read, workshop.layouts())
    assert image_of(client, names).id in layout.identities
    assert image_of(client, names).digest == ""
    assert "pulled another image from its own loopback address" in workshop.said[0]
    assert not client.images.list(f"{addresses[0]}/test-stand-in")


def test_pulled_and_loaded_images_are_the_same(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))
    pulled = image_of(client, names)
    (layout,) = workshop.layouts()

    delivery.load(client, read(layout), "", lambda progress: None)

    assert image_of(client, names).id == pulled.id


def test_load_refused_by_the_engine() -> None:
    delivery.require_loaded(iter([{"stream": "Loaded image"}]))
    with pytest.raises(BaseImageError, match="no space left"):
        delivery.require_loaded(iter([{"errorDetail": {"message": "no space left"}, "error": "no space left"}]))
