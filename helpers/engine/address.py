"""Where the ports that an engine publishes can be reached from this machine."""

import ipaddress
import socket
from urllib.parse import urlsplit

from docker import DockerClient

from helpers.records.errors import ContainerError

LOOPBACK = "127.0.0.1"


def publishing_address(client: DockerClient) -> str:
    """The one address on which a container's port is published and asked: this machine's loopback wherever possible.

    An engine reached over TCP on another host publishes on the address at which we reach it, and on no other.
    Raises ContainerError for an engine reached through SSH: its ports are behind the tunnel.
    """
    scheme, host = _parts(str(client.api.base_url))
    if scheme == "ssh":
        raise ContainerError(
            "This engine is reached through SSH, and the ports of its containers cannot be.",
            "Run the workbook on the machine that runs the engine.",
        )
    return LOOPBACK if host in ("", "localhost") else _resolved(host)


def _parts(base_url: str) -> tuple[str, str]:
    """Scheme and host of the SDK's base URL; it calls a socket http+docker://localhost and SSH http+docker://ssh."""
    url = urlsplit(base_url)
    if url.scheme.startswith("http+"):
        return ("ssh", "") if url.hostname == "ssh" else ("socket", "")
    return url.scheme, url.hostname or ""


def _resolved(host: str) -> str:
    try:
        address = socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0]
    except OSError as error:
        raise ContainerError(f"The engine's host {host} has no IPv4 address to publish a port on: {error}") from error
    return LOOPBACK if ipaddress.ip_address(address).is_loopback else str(address)
