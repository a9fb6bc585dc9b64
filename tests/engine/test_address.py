"""Where a container's port is published, for each way to reach an engine."""

import socket
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.engine.address import PUBLISH, in_url, publishing_address
from helpers.records.errors import ContainerError


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PUBLISH, raising=False)


def client(base_url: str) -> Any:
    return SimpleNamespace(api=SimpleNamespace(base_url=base_url))


HERE, ELSEWHERE = "127.0.0.1", None


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("http+docker://localhost", HERE),  # a Unix socket
        ("http+docker://localnpipe", HERE),
        ("http://localhost:2375", HERE),
        ("http://127.0.0.1:2375", HERE),
        ("http://127.0.0.2:2375", HERE),
        ("https://[::1]:2376", HERE),
        ("http://[::ffff:127.0.0.1]:2375", HERE),
        ("http://0.0.0.0:2375", HERE),
        ("http://[::]:2375", HERE),
        ("https://192.0.2.7:2376", ELSEWHERE),
        ("http://[2001:db8::7]:2375", ELSEWHERE),
        ("http+docker://ssh", ELSEWHERE),
    ],
)
def test_it_is_loopback_where_the_engine_is_here_and_nowhere_else(base_url: str, address: str | None) -> None:
    assert publishing_address(client(base_url)) == address


@pytest.mark.parametrize(
    ("found", "address"),
    [(["127.0.1.1"], HERE), (["::1", "127.0.0.1"], HERE), (["127.0.0.1", "192.0.2.7"], ELSEWHERE)],
)
def test_a_name_is_here_when_all_its_addresses_are(
    found: list[str], address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", (each, 0)) for each in found])
    assert publishing_address(client("http://builder:2375")) == address


def test_a_name_that_only_a_proxy_knows_is_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert publishing_address(client("http://builder:2375")) is ELSEWHERE


@pytest.mark.parametrize(
    ("configured", "address"), [("192.0.2.7", "192.0.2.7"), ("[2001:db8::7]", "2001:db8::7"), ("none", None)]
)
@pytest.mark.parametrize("base_url", ["http+docker://localhost", "https://192.0.2.9:2376", "http+docker://ssh"])
def test_the_user_may_decide_otherwise(
    configured: str, address: str | None, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PUBLISH, configured)
    assert publishing_address(client(base_url)) == address


@pytest.mark.parametrize(("configured", "why"), [("0.0.0.0", "every"), ("::", "every"), ("builder", "no IP address")])
def test_no_setting_publishes_on_every_interface(configured: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PUBLISH, configured)
    with pytest.raises(ContainerError, match=why) as caught:
        publishing_address(client("http+docker://localhost"))
    assert PUBLISH in caught.value.hint


def test_an_address_of_ipv6_has_brackets_in_a_url() -> None:
    assert (in_url("2001:db8::7"), in_url("192.0.2.7")) == ("[2001:db8::7]", "192.0.2.7")
