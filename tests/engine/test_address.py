"""Where a container's port is published, for each way to reach an engine."""

import socket
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.engine.address import publishing_address
from helpers.records.errors import ContainerError


def client(base_url: str) -> Any:
    return SimpleNamespace(api=SimpleNamespace(base_url=base_url))


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("http+docker://localhost", "127.0.0.1"),  # a Unix socket
        ("http+docker://localnpipe", "127.0.0.1"),
        ("http://localhost:2375", "127.0.0.1"),
        ("http://127.0.0.2:2375", "127.0.0.1"),
        ("https://192.0.2.7:2376", "192.0.2.7"),
    ],
)
def test_it_is_loopback_wherever_the_engine_is_here(base_url: str, address: str) -> None:
    assert publishing_address(client(base_url)) == address


def test_an_engine_behind_ssh_is_refused_in_a_sentence() -> None:
    with pytest.raises(ContainerError, match="SSH") as caught:
        publishing_address(client("http+docker://ssh"))
    assert "machine that runs the engine" in caught.value.mend


def test_a_host_that_has_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ContainerError, match="engine's host builder has no IPv4 address"):
        publishing_address(client("http://builder:2375"))
