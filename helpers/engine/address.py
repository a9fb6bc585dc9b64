"""The address on which an engine publishes container ports, as seen from this machine."""

import ipaddress
import os
import socket
from urllib.parse import urlsplit

from docker import DockerClient

from helpers.records.errors import ContainerError

LOOPBACK = "127.0.0.1"
PUBLISH = "WORKBOOK_PUBLISH"  # the address of the engine's host to publish ports on; "none": publish no ports


def publishing_address(client: DockerClient) -> str | None:
    """The address on which a container's port is published and requested; None if no port is published.

    For an engine on this machine it is the loopback address, even if the engine's own address is 0.0.0.0 or ::. A
    remote engine publishes no port; a helper container on its host sends the requests instead. WORKBOOK_PUBLISH
    overrides both. Raises ContainerError if WORKBOOK_PUBLISH isn't a single IP address.
    """
    if configured := os.environ.get(PUBLISH):
        return None if configured == "none" else _single(configured)
    scheme, host = _parts(str(client.api.base_url))
    return LOOPBACK if scheme != "ssh" and _is_here(host) else None


def in_url(address: str) -> str:
    """The address as written in a URL: IPv6 addresses in brackets."""
    return f"[{address}]" if ":" in address else address


def _parts(base_url: str) -> tuple[str, str]:
    """Scheme and host of the SDK's base URL: http+docker://localhost for a socket, http+docker://ssh for SSH."""
    url = urlsplit(base_url)
    if url.scheme.startswith("http+"):
        return ("ssh", "") if url.hostname == "ssh" else ("socket", "")
    return url.scheme, url.hostname or ""


def _is_here(host: str) -> bool:
    """Whether every address of the host is a loopback or unspecified address of this machine."""
    if host in ("", "localhost"):
        return True
    try:
        found = {str(each[4][0]).partition("%")[0] for each in socket.getaddrinfo(host, None)}
    except OSError:  # only a proxy may be able to resolve it
        return False
    return all(map(_is_loopback, found))


def _is_loopback(text: str) -> bool:
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified


def _single(configured: str) -> str:
    try:
        address = ipaddress.ip_address(configured.strip("[]"))
    except ValueError as error:
        raise _invalid(configured, "is not an IP address") from error
    if address.is_unspecified:
        raise _invalid(configured, "would publish on every network interface")
    return str(address)


def _invalid(configured: str, why: str) -> ContainerError:
    return ContainerError(
        f"{PUBLISH}={configured} {why}.",
        f"Set {PUBLISH} to one address of the engine's host that this machine can reach, or unset it.",
    )
