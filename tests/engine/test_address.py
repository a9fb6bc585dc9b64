"""The address on which a port is published, for each kind of engine address."""

import socket
from types import SimpleNamespace
from typing import cast

import pytest
from docker import DockerClient

from helpers.core.errors import ContainerError
from helpers.engine.http_client import PUBLISH, in_url, publishing_address


@pytest.fixture(autouse=True)
def unset_publish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PUBLISH, raising=False)


def client(base_url: str) -> DockerClient:
    return cast(DockerClient, SimpleNamespace(api=SimpleNamespace(base_url=base_url)))


LOCAL, REMOTE = "127.0.0.1", None


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("http+docker://localhost", LOCAL),  # a Unix socket
        ("http+docker://localnpipe", LOCAL),
        ("http://localhost:2375", LOCAL),
        ("http://127.0.0.1:2375", LOCAL),
        ("http://127.0.0.2:2375", LOCAL),
        ("https://[::1]:2376", LOCAL),
        ("http://[::ffff:127.0.0.1]:2375", LOCAL),
        ("http://0.0.0.0:2375", LOCAL),
        ("http://[::]:2375", LOCAL),
        ("https://192.0.2.7:2376", REMOTE),
        ("http://[2001:db8::7]:2375", REMOTE),
        ("http+docker://ssh", REMOTE),
    ],
)
def test_local_engines_publish_on_loopback_and_remote_ones_do_not(base_url: str, address: str | None) -> None:
    assert publishing_address(client(base_url)) == address


@pytest.mark.parametrize(
    ("found", "address"),
    [(["127.0.1.1"], LOCAL), (["::1", "127.0.0.1"], LOCAL), (["127.0.0.1", "192.0.2.7"], REMOTE)],
)
def test_a_host_name_is_local_if_all_its_addresses_are(
    found: list[str], address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", (each, 0)) for each in found])
    assert publishing_address(client("http://builder:2375")) == address


def test_a_host_name_that_does_not_resolve_is_remote(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert publishing_address(client("http://builder:2375")) is REMOTE


@pytest.mark.parametrize(
    ("configured", "address"), [("192.0.2.7", "192.0.2.7"), ("[2001:db8::7]", "2001:db8::7"), ("none", None)]
)
@pytest.mark.parametrize("base_url", ["http+docker://localhost", "https://192.0.2.9:2376", "http+docker://ssh"])
def test_the_variable_overrides_the_address(
    configured: str, address: str | None, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PUBLISH, configured)
    assert publishing_address(client(base_url)) == address


@pytest.mark.parametrize(
    ("configured", "why"), [("0.0.0.0", "every"), ("::", "every"), ("builder", "not an IP address")]
)
def test_invalid_addresses_are_rejected(configured: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PUBLISH, configured)
    with pytest.raises(ContainerError, match=why) as caught:
        publishing_address(client("http+docker://localhost"))
    assert PUBLISH in caught.value.hint


def test_ipv6_addresses_have_brackets_in_urls() -> None:
    assert (in_url("2001:db8::7"), in_url("192.0.2.7")) == ("[2001:db8::7]", "192.0.2.7")
