"""An engine's messages about a pull, read without an engine: progress and errors."""

import json
from pathlib import Path

import pytest

from helpers.core.errors import BaseImageError, DiskFull
from helpers.core.records import Progress
from helpers.engine.pull import Layers, RegistryOutOfReach, registry_error, together

RECORDED = Path(__file__).parent / "recorded"


def replay(name: str) -> list[Progress]:
    """The progress after each event of a recorded stream."""
    layers = Layers("golang: pulling")
    return [layers.read(json.loads(line)) for line in (RECORDED / name).read_text().splitlines()]


def test_pull_ends_with_all_layers_and_all_bytes() -> None:
    *_, last = replay("pull.jsonl")

    assert (last.what, last.done, last.total) == ("golang: pulling", 4, 4)
    assert last.detail == "8.0 of 8.0 MB"


def test_pull_reports_progress_on_the_way() -> None:
    steps = replay("pull.jsonl")

    assert any(0 < step.done < step.total == 4 for step in steps)
    assert any(step.detail.endswith("MB") and not step.detail.startswith("8.0 of") for step in steps)
    assert [step.done for step in steps] == sorted(step.done for step in steps)


def test_pull_reports_compressed_sizes_in_layer_order() -> None:
    layers = Layers("golang: pulling")
    for line in (RECORDED / "pull.jsonl").read_text().splitlines():
        layers.read(json.loads(line))

    sizes = layers.sizes(["sha256:a", "sha256:b", "sha256:c", "sha256:d"])

    assert sizes == [("sha256:a", 3001124), ("sha256:b", 2000812), ("sha256:c", 3001124), ("sha256:d", 103)]
    assert layers.sizes(["sha256:a", "sha256:b", "sha256:c", "sha256:d", "sha256:a"]) == []


def test_pull_reports_no_size_for_a_layer_that_was_present() -> None:
    layers = Layers("golang: pulling")
    layers.read({"status": "Already exists", "id": "a1"})
    layers.read({"status": "Pulling fs layer", "id": "b2"})
    layers.read({"status": "Downloading", "id": "b2", "progressDetail": {"current": 5, "total": 5}})

    assert layers.sizes(["sha256:a", "sha256:b"]) == [("sha256:b", 5)]


def test_progress_of_several_pulls_is_summed() -> None:
    first, second = Layers("golang: pulling"), Layers("other: pulling")
    for line in (RECORDED / "pull.jsonl").read_text().splitlines():
        first.read(json.loads(line))
    second.read({"status": "Downloading", "id": "b2", "progressDetail": {"current": 500_000, "total": 2_000_000}})

    assert together([first, second]) == Progress("golang: pulling; other: pulling", 4, 5, "8.5 of 10.0 MB")


def test_push_ends_with_all_layers() -> None:
    *_, last = replay("push.jsonl")

    assert (last.done, last.total) == (4, 4)


def test_layer_that_is_present_counts_as_done() -> None:
    layers = Layers("golang: pulling")

    assert layers.read({"status": "Already exists", "progressDetail": {}, "id": "a1"}).done == 1


# Messages of Docker Engine 20.10, 26.1 and 28.5, and of Docker Hub.
@pytest.mark.parametrize(
    "message",
    [
        'Get "https://registry.example/v2/": dial tcp: lookup registry.example on 192.0.2.53:53: no such host',
        'Get "https://registry.example/v2/": dial tcp: lookup registry.example: Temporary failure in name resolution',
        'Get "http://127.0.0.1:38555/v2/": dial tcp 127.0.0.1:38555: connect: connection refused',
        'Get "https://registry.example/v2/": dial tcp 192.0.2.7:443: connect: permission denied',
        'Get "https://registry.example/v2/": dial tcp 192.0.2.7:443: connect: network is down',
        'Get "https://registry.example/v2/": dial tcp: lookup registry.example: Try again',
        'Get "https://registry.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout '
        "exceeded while awaiting headers)",
        'Get "https://registry.example/v2/": dial tcp 192.0.2.1:443: i/o timeout',
        'Get "https://registry.example/v2/": dial tcp 192.0.2.1:443: connect: network is unreachable',
        'Get "https://registry.example/v2/": net/http: TLS handshake timeout',
        'Get "https://registry.example/v2/": proxyconnect tcp: dial tcp 192.0.2.9:3128: connect: no route to host',
        'failed to resolve reference "docker.io/library/golang:latest": failed to do request: Head '
        '"https://registry.example/v2/library/golang/manifests/latest": dial tcp: lookup registry: no such host',
        'Get "https://registry.example/v2/": EOF',
    ],
)
def test_registry_out_of_reach(message: str) -> None:
    error = registry_error("golang", message)

    assert isinstance(error, RegistryOutOfReach)
    assert message in error.message


@pytest.mark.parametrize(
    ("message", "text", "hint"),
    [
        (
            "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and "
            "upgrading: https://www.docker.com/increase-rate-limit",
            "limit",
            "docker login",
        ),
        ("unexpected status from HEAD request: 429 Too Many Requests", "limit", "wait"),
        (
            "pull access denied for golang, repository does not exist or may require 'docker login': denied: requested "
            "access to the resource is denied",
            "account",
            "docker login",
        ),
        ('Head "https://registry.example/v2/golang/manifests/1": no basic auth credentials', "account", "docker login"),
        (
            'Get "https://registry.example/v2/": unauthorized: incorrect username or password',
            "account",
            "docker logout",
        ),
        ('Get "https://registry.example/v2/": Forbidden', "account", "docker login"),  # a proxy's answer to CONNECT
        ('Get "https://registry.example/v2/": x509: certificate signed by unknown authority', "TLS", "CA certificate"),
        (
            'failed to do request: Head "https://registry.example/v2/golang/manifests/1": tls: failed to verify '
            "certificate: x509: certificate signed by unknown authority",  # 26.1
            "TLS",
            "CA certificate",
        ),
        (
            'Get "https://192.0.2.7:5000/v2/": http: server gave HTTP response to HTTPS client',
            "TLS",
            "CA certificate",
        ),
        ('Get "https://registry.example/v2/": Proxy Authentication Required', "proxy wants", "engine/daemon/proxy"),
        ("received unexpected HTTP status: 503 Service Unavailable", "for now", "engine/daemon/proxy"),  # 20.10, 26.1
        (
            'failed to resolve reference "127.0.0.1:5000/golang:1": unexpected status from HEAD request to '
            "http://127.0.0.1:5000/v2/golang/manifests/1: 502 Bad Gateway",  # 26.1 with the containerd image store
            "for now",
            "Try again",
        ),
        ('Get "https://registry.example/v2/": Service Unavailable', "for now", "engine/daemon/proxy"),
        ('error parsing HTTP 504 response body: invalid character "<"', "for now", "Try again"),
        ("manifest for golang:nope not found: manifest unknown: manifest unknown", "no golang", "name"),
        ("no matching manifest for linux/arm64/v8 in the manifest list entries", "no golang", "name"),
    ],
)
def test_registry_that_refuses(message: str, text: str, hint: str) -> None:
    error = registry_error("golang", message)

    assert type(error) is BaseImageError
    assert text in error.message
    assert hint in error.hint


def test_full_disk_on_the_engine() -> None:
    message = "failed to register layer: write /usr/local/go/bin/go: no space left on device"

    assert isinstance(registry_error("golang", message), DiskFull)


def test_any_other_reason_is_passed_on() -> None:
    assert "unexpected HTTP status: 500" in registry_error("golang", "unexpected HTTP status: 500 Internal").message
