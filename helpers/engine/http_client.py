"""HTTP requests to a container, each with a time limit, and the address its published port has here."""

import contextlib
import http.client
import ipaddress
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from docker import DockerClient
from urllib3.connection import HTTPConnection

from helpers.core.errors import ContainerError
from helpers.engine.recording import through

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
    return LOOPBACK if scheme != "ssh" and is_here(host) else None


def in_url(address: str) -> str:
    """The address as written in a URL: IPv6 addresses in brackets."""
    return f"[{address}]" if ":" in address else address


def _parts(base_url: str) -> tuple[str, str]:
    """Scheme and host of the SDK's base URL: http+docker://localhost for a socket, http+docker://ssh for SSH."""
    url = urlsplit(base_url)
    if url.scheme.startswith("http+"):
        return ("ssh", "") if url.hostname == "ssh" else ("socket", "")
    return url.scheme, url.hostname or ""


def is_here(host: str) -> bool:
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


BODY_BYTES = 64 * 1024  # of a response body; the rest isn't read
CUT = "\n[truncated: the body is longer than 64 KiB]"
_LOCATION_CHARACTERS = 200
_ERRORS = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's response. Redirects aren't followed."""

    status: int  # HTTP
    body: str = ""  # at most BODY_BYTES, then CUT
    location: str = ""  # target of a redirect
    seconds: float | None = None  # since the container's start, by the engine host's clock; None: use our own clock

    def __str__(self) -> str:
        return f"HTTP {self.status} to {self.location}" if self.location else f"HTTP {self.status}"


class NoAnswer(Exception):
    """No complete response arrived; the message is a short reason."""


def ask(url: str, seconds: float) -> Answer:
    """The complete response to a GET, received within `seconds` seconds. Raises NoAnswer."""
    return through("request", url, lambda: _ask(url, seconds), Answer, {NoAnswer.__name__: NoAnswer})


def _ask(url: str, seconds: float) -> Answer:
    """What `ask` returns, from the server.

    The timeouts of HTTP libraries apply to each read, so a server that sends a byte now and then never triggers them.
    Here the socket is shut down at the deadline.
    """
    parts = urlsplit(url)
    deadline = time.monotonic() + seconds
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    try:
        connection.connect()
        with _shut_at(deadline, connection.sock) as late:
            try:
                answer = _answer(connection, f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}")
            except _ERRORS as error:
                raise NoAnswer(_late(seconds) if late.is_set() else _reason(error)) from error
        if late.is_set():  # a body without Content-Length looks complete when it is cut off
            raise NoAnswer(f"HTTP {answer.status}, but {_late(seconds)}")
        return answer
    except _ERRORS as error:
        raise NoAnswer(_reason(error)) from error
    finally:
        connection.close()


def answer_of(status: int, body: bytes, location: str = "", seconds: float | None = None) -> Answer:
    """The response, with its body and redirect target cut to the limits."""
    text = body[:BODY_BYTES].decode(errors="replace") + (CUT if len(body) > BODY_BYTES else "")
    printable = "".join(filter(str.isprintable, location[:_LOCATION_CHARACTERS]))
    return Answer(status, text, printable, seconds)


def _answer(connection: HTTPConnection, target: str) -> Answer:
    connection.request("GET", target, preload_content=False, headers={"Connection": "close"})
    response = connection.getresponse()
    body = b""
    while len(body) <= BODY_BYTES and (more := response.read(BODY_BYTES + 1 - len(body), decode_content=False)):
        body += more
    redirect = response.headers.get("Location", "") if 300 <= response.status < 400 else ""
    return answer_of(response.status, body, redirect)


@contextlib.contextmanager
def _shut_at(deadline: float, sock: socket.socket) -> Iterator[threading.Event]:
    """Shuts the socket down at the deadline, which ends every read; the event is set if that happened."""
    late = threading.Event()

    def shut() -> None:
        late.set()
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(deadline - time.monotonic(), 0), shut)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _late(seconds: float) -> str:
    return f"no complete response within {seconds:.3g} s"


def _reason(error: Exception) -> str:
    refused = isinstance(error, urllib3.exceptions.NewConnectionError)
    return "connection refused" if refused and "refused" in str(error) else type(error).__name__
