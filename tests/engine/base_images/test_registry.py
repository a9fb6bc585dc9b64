"""A digest from a registry on the loopback, which stays good when the registry is gone."""

import time
from pathlib import Path

import docker
import pytest
from buildkit_session import build

from helpers.engine import compressed
from helpers.engine.base_images import pull, registry
from helpers.engine.failures import explained
from helpers.records.errors import BaseImageError, EngineError
from tests.engine.base_images.images import small_image
from tests.engine.base_images.registries import silent

pytestmark = pytest.mark.engine

NAME = "dockerfile-workbook/test-base:digest"


@pytest.fixture
def memory() -> dict[str, bytes]:
    """Nothing is remembered yet."""
    return {}


@pytest.fixture
def digest(
    client: docker.DockerClient, registry_program: Path, tmp_path: Path, names: list[str], memory: dict[str, bytes]
) -> str:
    """The digest of a small image; the registry that gave it is gone."""
    small_image(client, NAME)
    with registry.serving(registry_program, tmp_path) as address:
        names += [f"{address}/test-base:digest", NAME]
        return registry.give_digest(client, NAME, address, lambda _: None, memory)


def test_digest_names_the_same_image(client: docker.DockerClient, digest: str) -> None:
    assert digest.startswith("127.0.0.1:")
    assert "/test-base@sha256:" in digest
    assert client.images.get(digest).id == client.images.get(NAME).id


def test_the_registry_told_what_the_layers_weigh_compressed(
    client: docker.DockerClient, digest: str, memory: dict[str, bytes], tmp_path: Path
) -> None:
    (diff_id,) = client.images.get(digest).attrs["RootFS"]["Layers"]

    sizes = {blob.stat().st_size for blob in tmp_path.glob("data/docker/registry/v2/blobs/sha256/*/*/data")}

    assert compressed.total(memory, [diff_id]) in sizes


def test_digest_builds_when_the_registry_is_gone(client: docker.DockerClient, digest: str, tmp_path: Path) -> None:

    result = build(client, tmp_path, f"FROM {digest}\nLABEL pinned=yes\n")

    try:
        assert result.image_id
        base, built = (client.images.get(name).attrs["RootFS"]["Layers"] for name in (NAME, result.image_id))
        assert built == base
    finally:
        client.api.remove_image(result.image_id)


def test_registry_ends_with_the_block(registry_program: Path, tmp_path: Path) -> None:
    with registry.serving(registry_program, tmp_path) as address:
        assert registry._answers(address)
    assert not registry._answers(address)


def test_program_that_does_not_start(tmp_path: Path) -> None:
    program = tmp_path / "registry"
    program.write_text("#!/bin/sh\necho 'no such configuration' >&2\nexit 3\n")
    program.chmod(0o755)

    started = time.monotonic()

    with pytest.raises(BaseImageError, match="no such configuration"), registry.serving(program, tmp_path):
        raise AssertionError("it cannot have answered")

    assert time.monotonic() - started < registry._SECONDS / 2


def test_registry_that_ignores_the_signal_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "registry"
    program.write_text("#!/bin/sh\ntrap '' TERM\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(registry, "_SECONDS", 0.5)

    started = time.monotonic()

    with pytest.raises(BaseImageError, match="does not answer"), registry.serving(program, tmp_path):
        raise AssertionError("it cannot have answered")

    assert time.monotonic() - started < 10


def test_registry_that_falls_silent_is_given_up(client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "WAIT", 0.5)
    started = time.monotonic()

    with silent() as address, pytest.raises(EngineError, match="no answer in time"), explained():
        registry._pull(client, f"{address}/golang@sha256:{'0' * 64}")

    assert time.monotonic() - started < 10


def test_apt_that_does_not_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\nexec sleep 60\n")
    apt.chmod(0o755)
    monkeypatch.setattr(registry, "PROGRAM", "no-such-registry")
    monkeypatch.setattr(registry, "_APT_SECONDS", 0.2)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(BaseImageError, match=r"cannot be had here: .*apt-get.* timed out"):
        registry.program(tmp_path)


def test_engine_that_does_not_reach_the_registry_keeps_no_name(client: docker.DockerClient, names: list[str]) -> None:
    small_image(client, NAME)
    names.append(NAME)

    with pytest.raises(BaseImageError, match="connection refused"):
        registry.give_digest(client, NAME, "127.0.0.1:1", lambda _: None, {})

    assert client.images.get(NAME).tags == [NAME]


def test_package_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text(f"#!/bin/sh\necho $* >>{tmp_path}/asked\n[ $1 = update ] || {{ echo 'E: gone' >&2; exit 100; }}\n")
    apt.chmod(0o755)
    monkeypatch.setattr(registry, "PROGRAM", "no-such-registry")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(BaseImageError, match="no-such-registry cannot be had here: E: gone"):
        registry.program(tmp_path)

    download = "download no-such-registry"
    assert (tmp_path / "asked").read_text().splitlines() == [download, "update", download]


def test_package_is_unpacked_and_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.shutil, "which", lambda _: None)

    program = registry.program(tmp_path)

    assert program.is_relative_to(tmp_path)
    with registry.serving(program, tmp_path) as address:
        assert registry._answers(address)
