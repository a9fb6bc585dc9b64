"""`clean` removes what is ours and leaves what is not."""

import uuid
from pathlib import Path

import docker
import pytest

from helpers.engine.build_cache import cache_records
from helpers.engine.cleanup import clean
from helpers.engine.names import LABEL, PREFIX
from tests.engine.conftest import OwnEngine
from tests.engine.tars import file, tar
from tests.engine.test_build_cache import chain

pytestmark = pytest.mark.engine


def image(client: docker.DockerClient, *names: str) -> str:
    """An image with these names, unlike any other."""
    client.api.import_image_from_data(tar([file("nonce", uuid.uuid4().bytes)]), repository=names[0], tag="latest")
    for name in names[1:]:
        client.images.get(names[0]).tag(name)
    return str(client.images.get(names[0]).id)


def tags(client: docker.DockerClient) -> set[str]:
    return {tag for each in client.images.list() for tag in each.tags}


def containers(client: docker.DockerClient) -> set[str]:
    return {each.name for each in client.containers.list(all=True)}


@pytest.fixture
def mixed(own_engine: OwnEngine) -> docker.DockerClient:
    """An engine with things of ours beside a reader's, some of them hard to tell apart."""
    client = own_engine.client
    image(client, f"{PREFIX}/05-separate-stages")
    image(client, f"{PREFIX}/shared", "readers/shared")
    image(client, "readers/own", f"{PREFIX}like/thing")
    client.containers.create("readers/own", ["/x"], name="ours", labels={LABEL: "1"}, network_mode="none")
    client.containers.create("readers/own", ["/x"], name=f"{PREFIX}-lookalike", network_mode="none")
    return client


def test_ours_goes_and_the_readers_stays(mixed: docker.DockerClient) -> None:
    lines = clean(mixed)
    assert lines == [
        "removed container ours",
        f"removed image {PREFIX}/05-separate-stages:latest",
        f"removed image {PREFIX}/shared:latest",
    ]
    assert tags(mixed) == {"readers/shared:latest", "readers/own:latest", f"{PREFIX}like/thing:latest"}
    assert containers(mixed) == {f"{PREFIX}-lookalike"}
    assert clean(mixed) == []


def test_a_dry_run_says_the_same_and_removes_nothing(mixed: docker.DockerClient) -> None:
    before = tags(mixed), containers(mixed)
    lines = clean(mixed, dry_run=True)
    assert (tags(mixed), containers(mixed)) == before
    assert [line.replace("would remove", "removed") for line in lines] == clean(mixed)


def test_an_image_that_somebody_runs_is_kept_and_said_to_be(own_engine: OwnEngine) -> None:
    client = own_engine.client
    image(client, f"{PREFIX}/used")
    client.containers.create(f"{PREFIX}/used", ["/x"], name="readers", network_mode="none")
    (line,) = clean(client)
    assert line.startswith(f"kept image {PREFIX}/used:latest: ") and "container" in line
    assert tags(client) == {f"{PREFIX}/used:latest"} and containers(client) == {"readers"}


def test_only_the_records_handed_in_go(own_engine: OwnEngine, tmp_path: Path) -> None:
    client = own_engine.client
    readers, ours = chain(own_engine, tmp_path, 2), chain(own_engine, tmp_path, 2)
    (would,) = clean(client, dry_run=True, records=ours)
    assert would.startswith(f"would remove {len(ours)} records of the build cache")
    (did,) = clean(client, records=[*ours, "was-removed-long-ago"])
    assert did == would.replace("would remove", "removed")
    assert cache_records(client).keys() == readers


def test_a_network_of_ours_goes(client: docker.DockerClient) -> None:
    """On the engine that has a network at all; under a name that nothing else has."""
    network = client.networks.create(f"{PREFIX}-{uuid.uuid4().hex}", labels={LABEL: "1"}, internal=True)
    try:
        assert f"would remove network {network.name}" in clean(client, dry_run=True)
    finally:
        network.remove()
