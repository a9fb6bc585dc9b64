"""A digest from a temporary loopback registry still works when the registry is gone."""

import shutil
import time
from pathlib import Path

import docker
import pytest
from buildkit_session import build

from helpers.core.errors import BaseImageError, EngineError
from helpers.engine import pull
from helpers.engine.failures import explained
from helpers.engine.image_scan import saved_image
from helpers.standins import local_registry
from tests.standins.images import small_image
from tests.standins.registries import silent

pytestmark = pytest.mark.engine

NAME = "dockerfile-workbook/test-base:digest"


@pytest.fixture
def cache() -> dict[str, bytes]:
    """An empty scan cache."""
    return {}


@pytest.fixture
def digest(
    client: docker.DockerClient, registry_program: Path, tmp_path: Path, names: list[str], cache: dict[str, bytes]
) -> str:
    """The digest of a small image; its registry is gone."""
    small_image(client, NAME)
    with local_registry.serving(registry_program, tmp_path) as address:
        names += [f"{address}/test-base:digest", NAME]
        return local_registry.give_digest(client, NAME, address, lambda _: None, cache)


def test_digest_names_the_same_image(client: docker.DockerClient, digest: str) -> None:
    assert digest.startswith("127.0.0.1:")
    assert "/test-base@sha256:" in digest
    assert client.images.get(digest).id == client.images.get(NAME).id


def test_the_layers_compressed_sizes_are_saved(
    client: docker.DockerClient, digest: str, cache: dict[str, bytes], tmp_path: Path
) -> None:
    (diff_id,) = client.images.get(digest).attrs["RootFS"]["Layers"]

    sizes = {blob.stat().st_size for blob in tmp_path.glob("data/docker/registry/v2/blobs/sha256/*/*/data")}

    assert saved_image.total(cache, [diff_id]) in sizes


def test_digest_builds_when_the_registry_is_gone(client: docker.DockerClient, digest: str, tmp_path: Path) -> None:

    result = build(client, tmp_path, f"FROM {digest}\nLABEL pinned=yes\n")

    try:
        assert result.image_id
        base, built = (client.images.get(name).attrs["RootFS"]["Layers"] for name in (NAME, result.image_id))
        assert built == base
    finally:
        client.api.remove_image(result.image_id)


def test_registry_stops_after_the_block(registry_program: Path, tmp_path: Path) -> None:
    with local_registry.serving(registry_program, tmp_path) as address:
        assert local_registry._answers(address)
    assert not local_registry._answers(address)


def test_program_that_does_not_start(tmp_path: Path) -> None:
    program = tmp_path / "registry"
    program.write_text("#!/bin/sh\necho 'no such configuration' >&2\nexit 3\n")
    program.chmod(0o755)

    started = time.monotonic()

    with pytest.raises(BaseImageError, match="no such configuration"), local_registry.serving(program, tmp_path):
        raise AssertionError("it cannot have answered")

    assert time.monotonic() - started < local_registry.SECONDS / 2


def test_registry_that_ignores_the_signal_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "registry"
    program.write_text("#!/bin/sh\ntrap '' TERM\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(local_registry, "SECONDS", 0.5)

    started = time.monotonic()

    with pytest.raises(BaseImageError, match="does not answer"), local_registry.serving(program, tmp_path):
        raise AssertionError("it cannot have answered")

    assert time.monotonic() - started < 10


def test_silent_registry_times_out(client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "WAIT", 0.5)
    started = time.monotonic()

    with silent() as address, pytest.raises(EngineError, match="did not respond in time"), explained():
        local_registry._pull(client, f"{address}/golang@sha256:{'0' * 64}")

    assert time.monotonic() - started < 10


def test_apt_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\nexec sleep 60\n")
    apt.chmod(0o755)
    monkeypatch.setattr(local_registry, "PROGRAM", "no-such-registry")
    monkeypatch.setattr(local_registry, "APT_SECONDS", 0.2)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(BaseImageError, match=r"could not be downloaded: .*apt-get.* timed out"):
        local_registry.program(tmp_path)


def test_no_tag_is_left_if_the_engine_cannot_reach_the_registry(client: docker.DockerClient, names: list[str]) -> None:
    small_image(client, NAME)
    names.append(NAME)

    with pytest.raises(BaseImageError, match="connection refused"):
        local_registry.give_digest(client, NAME, "127.0.0.1:1", lambda _: None, {})

    assert client.images.get(NAME).tags == [NAME]


def test_package_that_cannot_be_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text(f"#!/bin/sh\necho $* >>{tmp_path}/asked\n[ $1 = update ] || {{ echo 'E: gone' >&2; exit 100; }}\n")
    apt.chmod(0o755)
    monkeypatch.setattr(local_registry, "PROGRAM", "no-such-registry")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(BaseImageError, match="no-such-registry could not be downloaded: E: gone"):
        local_registry.program(tmp_path)

    download = "download no-such-registry"
    assert (tmp_path / "asked").read_text().splitlines() == [download, "update", download]


def test_package_is_unpacked_and_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    program = local_registry.program(tmp_path)

    assert program.is_relative_to(tmp_path)
    with local_registry.serving(program, tmp_path) as address:
        assert local_registry._answers(address)
