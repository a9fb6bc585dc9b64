"""A real engine pulls: from a registry that gives, and from registries that do not."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from helpers.engine import compressed
from helpers.engine.base_images import ensure, plan, present, pull
from helpers.engine.base_images.pull import RegistryOutOfReach
from helpers.records import Progress
from helpers.records.errors import BaseImageError
from tests.engine.base_images.images import publish
from tests.engine.base_images.registries import answering, silent

pytestmark = pytest.mark.engine

Pulls = Callable[[docker.DockerClient, str], None]


def quiet_pull(client: docker.DockerClient, reference: str) -> None:
    """A pull that shows no progress."""
    pull.pull(client, reference, lambda _: None, {})


ways = pytest.mark.parametrize("way", [pull.probe, quiet_pull], ids=["probe", "pull"])


def test_pull_brings_the_image_with_progress(client: docker.DockerClient, published: str) -> None:
    steps: list[Progress] = []

    pull.pull(client, published, steps.append, {})

    assert (steps[-1].done, steps[-1].total) == (1, 1)
    (image,) = present(client, [published])
    assert image.source == "registry"
    assert image.digest.startswith(f"{published.rsplit(':', 1)[0]}@sha256:")


def test_pull_tells_what_the_layers_weigh_compressed(
    client: docker.DockerClient, loopback: str, names: list[str], tmp_path: Path
) -> None:
    memory: dict[str, bytes] = {}
    reference = publish(
        client, loopback, names, os.urandom(8_000_000).hex()
    )  # of a layer of no length no bytes are told

    pull.pull(client, reference, lambda _: None, memory)

    (diff_id,) = client.images.get(reference).attrs["RootFS"]["Layers"]
    sizes = {blob.stat().st_size for blob in tmp_path.glob("data/docker/registry/v2/blobs/sha256/*/*/data")}
    assert compressed.total(memory, [diff_id]) in sizes


def test_probe_fetches_nothing(client: docker.DockerClient, published: str) -> None:
    pull.probe(client, published)

    assert present(client, [published]) == ()


def test_missing_image_is_pulled_without_consent_and_the_plan_said_first(
    client: docker.DockerClient, published: str
) -> None:
    told: list[str] = []

    (image,) = ensure(
        client,
        consent=False,
        references=[published],
        say=told.append,
        on_progress=lambda step: told.append(step.what),
    )

    assert (image.reference, image.source) == (published, "registry")
    assert told[0] == f"To be pulled: {published}."
    assert told[1] == f"{published}: pulling"


def test_image_that_is_there_is_used_as_it_is(client: docker.DockerClient, published: str) -> None:
    quiet_pull(client, published)
    said: list[object] = []

    first = present(client, [published])
    again = ensure(client, consent=True, references=[published], say=said.append, on_progress=said.append)

    assert again == first
    assert said == []


def test_pulled_image_can_be_pulled_by_its_digest(client: docker.DockerClient, published: str) -> None:
    quiet_pull(client, published)
    (image,) = present(client, [published])
    client.api.remove_image(published)

    quiet_pull(client, image.digest)

    assert client.images.get(image.digest).id == image.id
    client.api.remove_image(image.digest)


def test_registry_that_has_lost_a_layer(client: docker.DockerClient, published: str, tmp_path: Path) -> None:
    for blob in tmp_path.glob("data/docker/registry/v2/blobs/sha256/*/*/data"):
        if not blob.read_bytes().startswith(b"{"):
            blob.unlink()

    with pytest.raises(BaseImageError, match=published):
        quiet_pull(client, published)
    assert present(client, [published]) == ()


@ways
def test_limit_of_pulls(client: docker.DockerClient, way: Pulls) -> None:
    with (
        answering(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.") as address,
        pytest.raises(BaseImageError, match="limit of pulls is reached") as caught,
    ):
        way(client, f"{address}/golang:1.19")
    assert "docker login" in caught.value.hint


@ways
def test_credentials_are_asked_for(client: docker.DockerClient, way: Pulls) -> None:
    ask = {"WWW-Authenticate": 'Basic realm="a registry"'}
    with (
        answering(401, "UNAUTHORIZED", "authentication required", ask) as address,
        pytest.raises(BaseImageError, match="to this account") as caught,
    ):
        way(client, f"{address}/golang:1.19")
    assert "docker login" in caught.value.hint


@ways
def test_account_may_not_have_it(client: docker.DockerClient, way: Pulls) -> None:
    with (
        answering(403, "DENIED", "requested access to the resource is denied") as address,
        pytest.raises(BaseImageError, match="to this account"),
    ):
        way(client, f"{address}/golang:1.19")


@ways
def test_name_that_the_registry_does_not_know(client: docker.DockerClient, loopback: str, way: Pulls) -> None:
    with pytest.raises(BaseImageError, match="golang:nope for this engine") as caught:
        way(client, f"{loopback}/golang:nope")
    assert not isinstance(caught.value, RegistryOutOfReach)


@ways
def test_nobody_at_the_address(client: docker.DockerClient, way: Pulls) -> None:
    with pytest.raises(RegistryOutOfReach, match="connection refused"):
        way(client, "127.0.0.1:1/golang:1.19")


@ways
def test_registry_that_says_nothing_is_given_up(
    client: docker.DockerClient, way: Pulls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "WAIT", 0.5)
    started = time.monotonic()

    with silent() as address, pytest.raises(RegistryOutOfReach, match="No registry answered"):
        way(client, f"{address}/golang:1.19")

    assert time.monotonic() - started < 5


def test_image_that_cannot_be_made_needs_its_registry(client: docker.DockerClient) -> None:
    with pytest.raises(RegistryOutOfReach):
        plan(client, ["127.0.0.1:1/postgres:16"])


def test_registry_that_says_no_is_no_reason_for_a_stand_in(client: docker.DockerClient) -> None:
    with (
        answering(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.") as address,
        pytest.raises(BaseImageError, match="limit of pulls"),
    ):
        ensure(client, consent=True, references=[f"{address}/golang"], on_progress=lambda _: None)


@pytest.mark.filterwarnings("ignore:docker-credential-of-nobody")
def test_credential_helper_that_is_not_there(
    client: docker.DockerClient, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = {"credHelpers": {published.split("/")[0]: "of-nobody"}}
    monkeypatch.setattr(client.api, "_auth_configs", docker.auth.AuthConfig(helper))

    with pytest.raises(BaseImageError, match="could not be read") as caught:
        pull.probe(client, published)
    assert "config.json" in caught.value.hint
