"""Pulling with a real engine, from a working registry and from registries that fail."""

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from helpers.core.errors import BaseImageError
from helpers.core.records import Progress
from helpers.engine import pull
from helpers.engine.image_scan import saved_image
from helpers.engine.pull import RegistryOutOfReach
from helpers.standins import ensure, plan, present
from tests.standins.images import publish
from tests.standins.registries import answering, silent, untrusted

pytestmark = pytest.mark.engine

Pulls = Callable[[docker.DockerClient, str], None]


def pull_quietly(client: docker.DockerClient, reference: str) -> None:
    """Pulls without progress."""
    pull.pull(client, [reference], lambda _: None, {})


ways = pytest.mark.parametrize("way", [pull.probe, pull_quietly], ids=["probe", "pull"])


def test_pull_reports_progress(client: docker.DockerClient, published: str) -> None:
    steps: list[Progress] = []

    pull.pull(client, [published], steps.append, {})

    assert (steps[-1].done, steps[-1].total) == (1, 1)
    (image,) = present(client, [published])
    assert image.source == "registry"
    assert image.digest.startswith(f"{published.rsplit(':', 1)[0]}@sha256:")


def test_pull_saves_the_layers_compressed_sizes(
    client: docker.DockerClient, loopback: str, names: list[str], tmp_path: Path
) -> None:
    cache: dict[str, bytes] = {}
    text = os.urandom(8_000_000).hex()  # large enough: engines don't report the bytes of a tiny layer
    reference = publish(client, loopback, names, text)

    pull.pull(client, [reference], lambda _: None, cache)

    (diff_id,) = client.images.get(reference).attrs["RootFS"]["Layers"]
    sizes = {blob.stat().st_size for blob in tmp_path.glob("data/docker/registry/v2/blobs/sha256/*/*/data")}
    assert saved_image.total(cache, [diff_id]) in sizes


def test_two_images_are_pulled_at_the_same_time(client: docker.DockerClient, loopback: str, names: list[str]) -> None:
    texts = [os.urandom(8_000_000).hex() for _ in range(2)]
    both = [publish(client, loopback, names, text, f"image{number}") for number, text in enumerate(texts)]
    steps: list[Progress] = []

    pull.pull(client, both, steps.append, {})

    assert len(present(client, both)) == 2
    assert {step.what for step in steps} == {"; ".join(f"{reference}: pulling" for reference in both)}
    assert (steps[-1].done, steps[-1].total) == (2, 2)
    assert re.fullmatch(r"(\S+) of \1 MB", steps[-1].detail)


def test_a_failed_pull_stops_the_others(client: docker.DockerClient, published: str) -> None:
    with silent() as address, pytest.raises(BaseImageError, match="gone"):
        pull.pull(client, [f"{address}/golang", f"{published}-gone"], lambda _: None, {})


def test_probe_fetches_nothing(client: docker.DockerClient, published: str) -> None:
    pull.probe(client, published)

    assert present(client, [published]) == ()


def test_missing_image_is_pulled_without_consent_after_the_plan_is_shown(
    client: docker.DockerClient, published: str
) -> None:
    printed: list[str] = []

    (image,) = ensure(
        client,
        consent=False,
        references=[published],
        say=printed.append,
        on_progress=lambda step: printed.append(step.what),
    )

    assert (image.reference, image.source) == (published, "registry")
    assert printed[0] == f"Images to pull: {published}."
    assert printed[1] == f"{published}: pulling"


def test_image_that_is_present_is_used_as_it_is(client: docker.DockerClient, published: str) -> None:
    pull_quietly(client, published)
    said: list[object] = []

    first = present(client, [published])
    again = ensure(client, consent=True, references=[published], say=said.append, on_progress=said.append)

    assert again == first
    assert said == []


def test_pulled_image_can_be_pulled_by_its_digest(client: docker.DockerClient, published: str) -> None:
    pull_quietly(client, published)
    (image,) = present(client, [published])
    client.api.remove_image(published)

    pull_quietly(client, image.digest)

    assert client.images.get(image.digest).id == image.id
    client.api.remove_image(image.digest)


def test_registry_with_a_missing_layer(client: docker.DockerClient, published: str, tmp_path: Path) -> None:
    for blob in tmp_path.glob("data/docker/registry/v2/blobs/sha256/*/*/data"):
        if not blob.read_bytes().startswith(b"{"):
            blob.unlink()

    with pytest.raises(BaseImageError, match=published):
        pull_quietly(client, published)
    assert present(client, [published]) == ()


@ways
def test_pull_rate_limit(client: docker.DockerClient, way: Pulls) -> None:
    with (
        answering(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.") as address,
        pytest.raises(BaseImageError, match="pull rate limit is reached") as caught,
    ):
        way(client, f"{address}/golang:1.19")
    assert "docker login" in caught.value.hint


@ways
def test_credentials_are_required(client: docker.DockerClient, way: Pulls) -> None:
    ask = {"WWW-Authenticate": 'Basic realm="a registry"'}
    with (
        answering(401, "UNAUTHORIZED", "authentication required", ask) as address,
        pytest.raises(BaseImageError, match="denies this account access") as caught,
    ):
        way(client, f"{address}/golang:1.19")
    assert "docker login" in caught.value.hint


@ways
def test_account_is_denied_access(client: docker.DockerClient, way: Pulls) -> None:
    with (
        answering(403, "DENIED", "requested access to the resource is denied") as address,
        pytest.raises(BaseImageError, match="denies this account access"),
    ):
        way(client, f"{address}/golang:1.19")


@ways
@pytest.mark.parametrize("status", [500, 502, 503])
def test_registry_that_fails(client: docker.DockerClient, way: Pulls, status: int) -> None:
    with (
        answering(status, "UNAVAILABLE", "down for maintenance") as address,
        pytest.raises(BaseImageError, match="for now") as caught,
    ):
        way(client, f"{address}/golang:1.19")
    assert type(caught.value) is BaseImageError and "proxy" in caught.value.hint


@ways
def test_registry_that_the_engine_does_not_trust(client: docker.DockerClient, way: Pulls, tmp_path: Path) -> None:
    with untrusted(tmp_path) as address, pytest.raises(BaseImageError, match="signed by unknown authority") as caught:
        way(client, f"{address}/golang:1.19")
    assert type(caught.value) is BaseImageError and "CA certificate" in caught.value.hint


@ways
def test_registry_without_an_address(client: docker.DockerClient, way: Pulls) -> None:
    with pytest.raises(RegistryOutOfReach, match="could not be pulled"):
        way(client, "registry.invalid/golang:1.19")


@ways
def test_unknown_tag(client: docker.DockerClient, loopback: str, way: Pulls) -> None:
    with pytest.raises(BaseImageError, match="golang:nope for this engine") as caught:
        way(client, f"{loopback}/golang:nope")
    assert not isinstance(caught.value, RegistryOutOfReach)


@ways
def test_no_registry_at_the_address(client: docker.DockerClient, way: Pulls) -> None:
    with pytest.raises(RegistryOutOfReach, match="connection refused"):
        way(client, "127.0.0.1:1/golang:1.19")


@ways
def test_silent_registry_times_out(client: docker.DockerClient, way: Pulls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "WAIT", 0.5)
    started = time.monotonic()

    with silent() as address, pytest.raises(RegistryOutOfReach, match="did not answer within"):
        way(client, f"{address}/golang:1.19")

    assert time.monotonic() - started < 5


def test_image_without_a_recipe_needs_its_registry(client: docker.DockerClient) -> None:
    with pytest.raises(RegistryOutOfReach):
        plan(client, ["127.0.0.1:1/postgres:16"])


def test_no_stand_in_is_made_if_the_registry_refuses(client: docker.DockerClient) -> None:
    with (
        answering(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.") as address,
        pytest.raises(BaseImageError, match="pull rate limit is reached"),
    ):
        ensure(client, consent=True, references=[f"{address}/golang"], on_progress=lambda _: None)


@pytest.mark.filterwarnings("ignore:docker-credential-does-not-exist")
def test_missing_credential_helper(
    client: docker.DockerClient, published: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = tmp_path / "config.json"
    settings.write_text(json.dumps({"credHelpers": {published.split("/")[0]: "does-not-exist"}}), encoding="utf-8")
    request.addfinalizer(client.api.reload_config)
    client.api.reload_config(str(settings))

    with pytest.raises(BaseImageError, match="could not be read") as caught:
        pull.probe(client, published)
    assert "config.json" in caught.value.hint
