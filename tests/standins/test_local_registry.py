"""A loopback registry that serves one image layout: what it answers, and an engine's pull from it."""

import json
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import docker
import pytest
from buildkit_session import build

from helpers.engine.pull import pull
from helpers.standins import local_registry
from helpers.standins.image_layout import MANIFEST, ImageLayout
from tests.standins.layouts import small_layout


@pytest.fixture
def layout(tmp_path: Path) -> ImageLayout:
    """A small image."""
    return small_layout(tmp_path, "served")


def ask(address: str, path: str, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    """The registry's answer."""
    connection = HTTPConnection(address, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer, answer.read()


@pytest.mark.parametrize("name", ["1.19", "digest"])
def test_manifest_by_tag_and_by_digest(layout: ImageLayout, name: str) -> None:
    with local_registry.serving(layout) as address:
        wanted = layout.digest if name == "digest" else name
        answer, body = ask(address, f"/v2/library/golang/manifests/{wanted}")

    assert json.loads(body) == layout.manifest
    assert answer.headers["Content-Type"] == MANIFEST
    assert answer.headers["Docker-Content-Digest"] == layout.digest


def test_blobs(layout: ImageLayout) -> None:
    with local_registry.serving(layout) as address:
        for part in (layout.manifest["config"], *layout.manifest["layers"]):
            _, body = ask(address, f"/v2/golang/blobs/{part['digest']}")
            assert body == layout.blob(part["digest"]).read_bytes()


def test_head_has_the_size_and_no_body(layout: ImageLayout) -> None:
    (layer,) = layout.manifest["layers"]

    with local_registry.serving(layout) as address:
        answer, body = ask(address, f"/v2/golang/blobs/{layer['digest']}", "HEAD")

    assert (answer.status, int(answer.headers["Content-Length"]), body) == (200, layer["size"], b"")


@pytest.mark.parametrize(
    "path",
    [
        f"/v2/golang/blobs/sha256:{'0' * 64}",
        f"/v2/golang/manifests/sha256:{'0' * 64}",
        "/v2/golang/blobs/sha256:..%2f..%2f..%2fetc%2fpasswd",
        "/v2/golang/blobs/../../oci-layout",
        "/oci-layout",
    ],
)
def test_nothing_else_is_served(layout: ImageLayout, path: str) -> None:
    with local_registry.serving(layout) as address:
        answer, body = ask(address, path)

    assert answer.status == 404
    assert json.loads(body)["errors"][0]["code"] == "MANIFEST_UNKNOWN"


def test_registry_stops_after_the_block(layout: ImageLayout) -> None:
    with local_registry.serving(layout) as address:
        assert ask(address, "/v2/")[0].status == 200
    with pytest.raises(ConnectionRefusedError):
        ask(address, "/v2/")


@pytest.mark.engine
def test_pulled_image_has_a_digest_that_builds_when_the_registry_is_gone(
    client: docker.DockerClient, layout: ImageLayout, names: list[str], tmp_path: Path
) -> None:
    with local_registry.serving(layout) as address:
        name = f"{address}/golang:1.19"
        names.append(name)
        pull(client, [name], lambda progress: None, {})

    digest = f"{address}/golang@{layout.digest}"
    assert client.images.get(name).attrs["RepoDigests"] == [digest]
    assert client.images.get(digest).id in (layout.image_id, layout.digest)
    (tmp_path / "context").mkdir()
    result = build(client, tmp_path / "context", f"FROM {digest}\nLABEL pinned=yes\n")
    names.append(str(result.image_id))
    built = client.images.get(str(result.image_id)).attrs["RootFS"]["Layers"]
    assert built == [layer["digest"] for layer in layout.manifest["layers"]]
