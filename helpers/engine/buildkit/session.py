"""A BuildKit session: a connection on which we are the server and the engine the client.

`POST /session` is upgraded to HTTP/2 without TLS; from then on the engine calls our gRPC services over that socket for
as long as a build refers to the session by its ID. moby/buildkit `session/session.go` is the model. The Docker SDK
connects, so whatever reaches the engine (Unix socket, TCP, TLS, SSH, Windows pipe) reaches it here too.
"""

import asyncio
import contextlib
import socket
import threading
import uuid
from types import TracebackType
from typing import Any, cast

import docker
import requests
from grpclib._typing import IServable
from grpclib.health.service import Health
from grpclib.server import Server
from urllib3 import HTTPHeaderDict

from helpers.engine.buildkit import filesync

_METHODS = (filesync.METHOD, "/grpc.health.v1.Health/Check")
_CONNECT_SECONDS = 30


class Session:
    """Services offered to the engine while the `with` block lasts."""

    def __init__(self, client: docker.DockerClient, services: list[IServable], shared_key: str) -> None:
        self.id = uuid.uuid4().hex
        self._client, self._shared_key = client, shared_key
        self._services = [*services, Health()]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="buildkit-session", daemon=True)
        self._transport: asyncio.BaseTransport | None = None

    def __enter__(self) -> "Session":
        self._response = self._upgrade()
        self._socket, self._received = plain_socket(self._client, self._response)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._response.close()

    def _upgrade(self) -> requests.Response:
        api = self._client.api
        request = api.prepare_request(requests.Request("POST", api._url("/session")))  # type: ignore[attr-defined]
        # One header line a method: a plain dict could hold the name only once.
        request.headers = HTTPHeaderDict(  # type: ignore[assignment]
            [
                *request.headers.items(),
                ("Connection", "Upgrade"),
                ("Upgrade", "h2c"),
                ("X-Docker-Expose-Session-Uuid", self.id),
                ("X-Docker-Expose-Session-Name", "dockerfile-workbook"),
                ("X-Docker-Expose-Session-Sharedkey", self._shared_key),
                *(("X-Docker-Expose-Session-Grpc-Method", method) for method in _METHODS),
            ]
        )
        response = api.send(request, stream=True, timeout=_CONNECT_SECONDS)
        api._raise_for_status(response)  # type: ignore[attr-defined]
        return response

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._connect())
            self._loop.run_forever()
        finally:
            self._end()

    async def _connect(self) -> None:
        server = Server(self._services)

        def protocol() -> asyncio.Protocol:
            made = server._protocol_factory()
            return _with_head(made, self._received)

        self._transport, _ = await self._loop.connect_accepted_socket(protocol, self._socket)

    def _end(self) -> None:
        if self._transport is not None:
            self._transport.close()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


def plain_socket(client: docker.DockerClient, response: requests.Response) -> tuple[socket.socket, bytes]:
    """A socket that asyncio can use, and what had already arrived on it behind the response's headers."""
    api: Any = client.api
    raw, reader = api._get_raw_response_socket(response), cast(Any, response.raw)._fp.fp
    inner = getattr(raw, "_sock", raw)
    if type(inner) is socket.socket:
        inner.setblocking(False)
        return inner, reader.peek()  # never reads: the socket does not block
    return _pumped(reader, inner), b""


def _pumped(reader: Any, writer: Any) -> socket.socket:
    """One end of a socket pair whose other end is copied to and from a transport that asyncio does not know."""
    ours, theirs = socket.socketpair()
    send = getattr(writer, "sendall", None) or writer.send
    receive = getattr(reader, "read1", None) or reader.read
    for source, sink in ((lambda: receive(65536), theirs.sendall), (lambda: theirs.recv(65536), send)):
        threading.Thread(target=_copy, args=(source, sink, theirs), daemon=True).start()
    ours.setblocking(False)
    return ours


def _copy(source: Any, sink: Any, theirs: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        for piece in iter(source, b""):
            sink(piece)
    with contextlib.suppress(OSError):
        theirs.shutdown(socket.SHUT_RDWR)


def _with_head(protocol: Any, head: bytes) -> asyncio.Protocol:
    """A protocol that is told first what had arrived before asyncio took the socket over."""
    connected = protocol.connection_made

    def connection_made(transport: asyncio.BaseTransport) -> None:
        connected(transport)
        if head:
            protocol.data_received(head)

    protocol.connection_made = connection_made
    result: asyncio.Protocol = protocol
    return result
