"""A stand-in in the cache folder is imported by any engine, unless it is damaged or discarded."""

from datetime import UTC, datetime

import docker
import filelock
import pytest

from helpers import standins
from helpers.core.errors import BaseImageError
from helpers.standins import making
from helpers.standins.image_layout import read
from helpers.standins.recipes import Plan
from tests.standins.workshop import SMALL, Workshop, ensure_small, image_of, remove

pytestmark = pytest.mark.engine


def test_second_engine_takes_the_stand_in_from_the_cache(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))
    first = image_of(client, names)
    remove(client, references=[SMALL.reference])
    workshop.script = "exit 25"  # nothing is made again
    workshop.steps.clear()

    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    second = image_of(client, names)
    assert (second.id, second.digest.split("@")[1]) == (first.id, first.digest.split("@")[1])
    (line,) = workshop.said
    assert f"taken from the cache folder, made on {datetime.now(UTC):%Y-%m-%d}" in line


def test_stand_in_in_the_cache_needs_consent_but_nothing_else(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(SMALL,)))
    image_of(client, names)
    remove(client, references=[SMALL.reference])
    workshop.script = "exit 25"

    now = standins.plan(client, [SMALL.reference])
    assert (now.cached, now.made, now.pinned) == ((SMALL,), (), (SMALL,))
    with pytest.raises(BaseImageError, match=r"Missing: localhost:1/test-stand-in:latest"):
        ensure_small(client, workshop, False)
    ensure_small(client, workshop, True)

    assert image_of(client, names).digest


def test_cached_stand_ins_are_deleted_on_request(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(SMALL,)))
    image_of(client, names)
    (layout,) = workshop.layouts()

    assert making.discard_cached(dry_run=True) == ([f"would remove folder {layout}"], [])
    assert workshop.layouts() == [layout]
    with filelock.FileLock(workshop.cache / "base-images.lock"):  # another run may be serving it
        done, (left,) = making.discard_cached(dry_run=False)
    assert done == [] and left.startswith(f"left folder {layout}: ")
    assert making.discard_cached(dry_run=False) == ([f"removed folder {layout}"], [])
    assert workshop.layouts() == []


def test_damaged_stand_in_in_the_cache_is_made_again(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(SMALL,)))
    image_of(client, names)
    remove(client, references=[SMALL.reference])
    (layout,) = map(read, workshop.layouts())
    with layout.blob(layout.manifest["layers"][0]["digest"]).open("r+b") as file:
        file.write(b"damaged")

    workshop.execute(client, Plan(made=(SMALL,)))

    assert image_of(client, names).source == "stand-in"
    assert all(read(each).is_intact() for each in workshop.layouts())
    assert workshop.said == []
