"""Removes what the course created on an engine, recognised by its names and labels; nothing else is touched."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from docker import DockerClient

from helpers import standins
from helpers.core.cleaned import Cleaned
from helpers.core.names import LABEL, is_ours
from helpers.engine.build_cache import CacheRecord, cache_records, remove_cache_records
from helpers.engine.removal import Removal, Removals, name_of, untag, users


def clean(
    client: DockerClient, dry_run: bool = False, *, records: Callable[[], Iterable[CacheRecord]] = tuple
) -> Cleaned:
    """Removes our containers, networks, images, stand-ins and the cache records of `records`; returns what it did.

    Whatever can't be removed is left, and everything else is still removed: no engine error is raised. A dry run
    removes nothing and lists what would be removed and what would be left.
    """
    removals = Removals(client, dry_run)
    removals.remove("containers of the course", lambda: _containers(client))
    removals.remove("networks of the course", lambda: _networks(client))
    removals.remove("images of the course", lambda: _images(client))
    standins.remove(removals)
    removals.add("records of the build cache", lambda: _records(client, dry_run, [*records()]))
    return Cleaned(removals.done, removals.left)


def _containers(client: DockerClient) -> Iterator[Removal]:
    for each in client.api.containers(all=True, filters={"label": LABEL}):
        remove = partial(client.api.remove_container, each["Id"], v=True, force=True)
        yield Removal(f"container {name_of(each)}", remove)


def _networks(client: DockerClient) -> Iterator[Removal]:
    others = users(client)
    for network in client.networks.list(filters={"label": LABEL}):
        yield Removal(f"network {network.name}", network.remove, others.of_network(str(network.name)))


def _images(client: DockerClient) -> Iterator[Removal]:
    """Removes names, not images: an image that also has a name of the user's keeps that name and stays."""
    others = users(client)
    named = ((tag, image["Id"]) for image in client.api.images() for tag in image["RepoTags"] or () if is_ours(tag))
    for name, identity in sorted(named):
        yield Removal(f"image {name}", partial(untag, client, name), others.of_image(identity))


def _records(client: DockerClient, dry_run: bool, ours: Sequence[CacheRecord]) -> list[str]:
    if not ours:
        return []
    what = f"{len(ours)} records of the build cache, {sum(record.bytes for record in ours) / 1e6:.1f} MB"
    if dry_run:
        return [f"Would remove {what}."]
    wanted = {record.id for record in ours}
    remove_cache_records(client, wanted)
    stayed = wanted & cache_records(client).keys()
    return [f"Removed {what}{f', except for {len(stayed)} that are in use' if stayed else ''}."]
