"""A connection to the engine that is upgraded to HTTP/2 without TLS inside, as a socket that asyncio can use.

`POST /session` makes us the server on that connection, `POST /grpc` makes us the client of BuildKit's own services.
The Docker SDK connects, so whatever reaches the engine (Unix socket, TCP, TLS, SSH, Windows pipe) reaches it here too.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

import docker
import requests
from grpclib.protocol import H2Protocol
from urllib3 import HTTPHeaderDict

_CONNECT_SECONDS = 30


def upgraded(client: docker.DockerClient, path: str, headers: Sequence[tuple[str, str]] = ()) -> requests.Response:
    """The engine's answer that switches protocols. A header may occur more than once.

    Raises docker.errors.APIError where the engine refuses, requests.RequestException where it does not answer.
    """
    api: Any = client.api
    request = api.prepare_request(requests.Request("POST", api._url(path)))
    # A plain dict could hold each name only once.
    request.headers = HTTPHeaderDict(
        [*request.headers.items(), ("Connection", "Upgrade"), ("Upgrade", "h2c"), *headers]
    )
    response: requests.Response = api.send(request, stream=True, timeout=_CONNECT_SECONDS)
    api._raise_for_status(response)
    return response


def plain_socket(client: docker.DockerClient, response: requests.Response) -> tuple[socket.socket, bytes]:
    """A socket that asyncio can use, and the bytes that had already arrived on it behind the response's headers."""
    api: Any = client.api
    raw, reader = api._get_raw_response_socket(response), cast(Any, response.raw)._fp.fp
    inner = getattr(raw, "_sock", raw)
    if type(inner) is socket.socket:
        inner.setblocking(False)
        return inner, reader.peek()  # never reads: the socket does not block
    return _pumped(reader, inner), b""


def with_head(protocol: H2Protocol, head: bytes) -> H2Protocol:
    """The protocol, told first what had arrived before asyncio took the socket over."""
    connected = protocol.connection_made

    def connection_made(transport: asyncio.BaseTransport) -> None:
        connected(transport)
        if head:
            protocol.data_received(head)

    protocol.connection_made = connection_made  # type: ignore[method-assign]
    return protocol


def _pumped(reader: Any, writer: Any) -> socket.socket:  # noqa: ANN401  # of TLS, SSH or a Windows pipe
    """One end of a socket pair whose other end is copied to and from a transport that asyncio does not know."""
    ours, theirs = socket.socketpair()
    send = getattr(writer, "sendall", None) or writer.send
    receive = getattr(reader, "read1", None) or reader.read
    for source, sink in ((lambda: receive(65536), theirs.sendall), (lambda: theirs.recv(65536), send)):
        threading.Thread(target=_copy, args=(source, sink, theirs), daemon=True).start()
    ours.setblocking(False)
    return ours


def _copy(source: Callable[[], bytes], sink: Callable[[bytes], object], theirs: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        for piece in iter(source, b""):
            sink(piece)
    with contextlib.suppress(OSError):
        theirs.shutdown(socket.SHUT_RDWR)
