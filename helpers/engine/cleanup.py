"""What the course created on an engine, found by its own names and removed; nothing else is touched."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from docker import DockerClient
from docker.errors import APIError, NotFound

from helpers.engine import base_images
from helpers.engine.build_cache import cache_records, free_to_go, remove_cache_records
from helpers.engine.failures import explained
from helpers.engine.names import LABEL, is_ours


@dataclass(frozen=True, slots=True)
class Find:
    """One thing of ours on the engine, and how it is removed."""

    what: str
    remove: Callable[[], Any]

    def line(self, dry_run: bool) -> str:
        """Removes it, unless it is a dry run; the line that says so."""
        if dry_run:
            return f"would remove {self.what}"
        try:
            self.remove()
        except NotFound:
            return f"already gone: {self.what}"
        except APIError as error:
            return f"kept {self.what}: {error.explanation or error}"
        return f"removed {self.what}"


def clean(client: DockerClient, dry_run: bool = False, *, records: Iterable[str] = ()) -> list[str]:
    """Removes our containers, networks, images, stand-ins and the build cache `records` of those IDs; says so in lines.

    A dry run removes nothing and says what would be.
    """
    with explained():
        lines = [find.line(dry_run) for finder in (_containers, _networks, _images) for find in finder(client)]
        lines += base_images.remove(client, dry_run)
        lines += _records(client, dry_run, set(records))
    return lines


def _containers(client: DockerClient) -> list[Find]:
    ours = client.api.containers(all=True, filters={"label": LABEL})
    return [
        Find(
            f"container {each['Names'][0].lstrip('/')}",
            partial(client.api.remove_container, each["Id"], v=True, force=True),
        )
        for each in ours
    ]


def _networks(client: DockerClient) -> list[Find]:
    ours = client.networks.list(filters={"label": LABEL})
    return [Find(f"network {network.name}", network.remove) for network in ours]


def _images(client: DockerClient) -> list[Find]:
    """Names, not images: one that somebody else has named too keeps that name and stays."""
    names = sorted(tag for image in client.api.images() for tag in image["RepoTags"] or () if is_ours(tag))
    return [Find(f"image {name}", partial(client.images.remove, name)) for name in names]


def _records(client: DockerClient, dry_run: bool, ours: set[str]) -> list[str]:
    here = cache_records(client)
    found = free_to_go(ours, here)
    if not found:
        return []
    megabytes = sum(here[identity].bytes for identity in found) / 1e6
    if dry_run:
        return [f"would remove {len(found)} records of the build cache, {megabytes:.1f} MB"]
    remove_cache_records(client, found)
    stayed = found & cache_records(client).keys()
    kept = f"; {len(stayed)} stay, as other records stand on them" if stayed else ""
    return [f"removed {len(found) - len(stayed)} records of the build cache, {megabytes:.1f} MB{kept}"]
