"""Where the ports that an engine publishes can be reached from this machine."""

import ipaddress
import os
import socket
from urllib.parse import urlsplit

from docker import DockerClient

from helpers.records.errors import ContainerError

LOOPBACK = "127.0.0.1"
PUBLISH = "WORKBOOK_PUBLISH"  # an address of the engine's host on which to publish; "none": publish nowhere


def publishing_address(client: DockerClient) -> str | None:
    """The one address on which a container's port is published and asked; None where no port is published.

    An engine on this machine publishes on its loopback, also where its address is 0.0.0.0 or ::. An engine elsewhere
    publishes nothing, and a container beside the one that is asked does the asking. WORKBOOK_PUBLISH decides otherwise.
    Raises ContainerError where that names no single address.
    """
    if configured := os.environ.get(PUBLISH):
        return None if configured == "none" else _single(configured)
    scheme, host = _parts(str(client.api.base_url))
    return LOOPBACK if scheme != "ssh" and _is_here(host) else None


def in_url(address: str) -> str:
    """The address as it stands in a URL."""
    return f"[{address}]" if ":" in address else address


def _parts(base_url: str) -> tuple[str, str]:
    """Scheme and host of the SDK's base URL; it calls a socket http+docker://localhost and SSH http+docker://ssh."""
    url = urlsplit(base_url)
    if url.scheme.startswith("http+"):
        return ("ssh", "") if url.hostname == "ssh" else ("socket", "")
    return url.scheme, url.hostname or ""


def _is_here(host: str) -> bool:
    """Whether every address of the host is this machine's loopback, or means any address of this machine."""
    if host in ("", "localhost"):
        return True
    try:
        found = {str(each[4][0]).partition("%")[0] for each in socket.getaddrinfo(host, None)}
    except OSError:  # a proxy may know it
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
        raise _refused(configured, "is no IP address") from error
    if address.is_unspecified:
        raise _refused(configured, "would publish on every network interface")
    return str(address)


def _refused(configured: str, why: str) -> ContainerError:
    return ContainerError(
        f"{PUBLISH}={configured} {why}.",
        f"Set {PUBLISH} to one address of the engine's host that this machine reaches, or unset it.",
    )
