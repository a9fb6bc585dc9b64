"""Private names of docker-py, grpclib and what they use. No other module of this package uses any.

They can change in any release, so pyproject.toml allows only the versions that were tried: docker 7.1.0 to 7.2.0 and
grpclib 0.4.7 to 0.4.9. What each name is for:

    docker-py   APIClient._get_raw_response_socket   the socket below a response
                APIClient._auth_configs              what `login` and config.json say of registries
    urllib3     HTTPResponse._fp, ._connection       the reader and the socket below a response
    paramiko    BufferedFile._rbuffer                what was read ahead on an SSH channel
    grpclib     Server._protocol_factory             a server on a connection that exists already
                Server._mapping                      the answer to methods that are not served
                Channel._create_connection           a client on one
                Stream._stream.send_data             several messages in one frame
"""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any, Protocol, TypeVar, cast

import docker
import requests
from docker.auth import AuthConfig
from google.protobuf.empty_pb2 import Empty
from grpclib.client import Channel
from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.protocol import H2Protocol
from grpclib.server import Server, Stream
from urllib3.util import wait_for_read, wait_for_write

__all__ = [
    "DOCKER_VERSIONS",
    "GRPCLIB_VERSIONS",
    "ConnectedChannel",
    "Connection",
    "connected",
    "hang_up",
    "logins",
    "send_frame",
    "serve",
]

DOCKER_VERSIONS = ("7.1.0", "7.2.0")  # the first and the last that were tried
GRPCLIB_VERSIONS = ("0.4.7", "0.4.9")


Value = TypeVar("Value")


class Service(Protocol):
    """A gRPC service: its methods by path."""

    def __mapping__(self) -> Mapping[str, Handler]: ...


@dataclass(frozen=True)
class Connection:
    """A socket that asyncio can use, and the bytes that had arrived on it behind the response's headers."""

    socket: socket.socket
    received: bytes = b""

    def primed(self, protocol: Any) -> Any:
        """The protocol, which first receives the bytes that arrived before asyncio took over the socket."""
        made = protocol.connection_made

        def connection_made(transport: asyncio.BaseTransport) -> None:
            made(transport)
            if self.received:
                protocol.data_received(self.received)

        protocol.connection_made = connection_made
        return protocol


@contextlib.contextmanager
def connected(client: docker.DockerClient, response: requests.Response) -> Iterator[Connection]:
    """The connection below a response that switched protocols; ended with the block, whatever the transport is."""
    reader, writer = _ends(client, response)
    if type(writer) is socket.socket:
        writer.setblocking(False)
        try:
            yield Connection(writer, reader.peek())  # never reads: the socket does not block
        finally:
            writer.close()
        return
    if isinstance(writer, ssl.SSLSocket):
        reader = writer = _TLSEnd(reader, writer)
    with _pumped(reader, writer) as ours:
        yield Connection(ours)


def hang_up(client: docker.DockerClient, response: requests.Response) -> None:
    """Ends the connection below a response from any thread: a read that waits there returns at once."""
    with contextlib.suppress(AttributeError):  # the response has been read to its end
        _shut(_ends(client, response)[1])


def logins(client: docker.DockerClient) -> AuthConfig:
    """What the client knows of registries: from config.json when it was made, and from its `login`."""
    api: Any = client.api
    return cast(AuthConfig, api._auth_configs)


async def serve(services: Sequence[Service], connection: Connection) -> asyncio.BaseTransport:
    """Serves gRPC on the connection until the transport is closed."""
    server: Any = Server(list(services))
    server._mapping = _Methods(server._mapping)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_accepted_socket(
        lambda: connection.primed(server._protocol_factory()), connection.socket
    )
    return transport


class _Methods(dict[str, Handler]):
    """The methods that are served, and for every other one an answer that all engines understand.

    grpclib's own has no content-type: engines take that for a broken connection, and not for a method that is missing.
    They ask for several that are optional, such as GetTokenAuthority before they log in to a registry with tokens.
    """

    def get(self, name: str, default: Any = None) -> Any:
        """The method's handler, never `default`."""
        return super().get(name) or Handler(_unimplemented, Cardinality.STREAM_STREAM, Empty, Empty)


async def _unimplemented(stream: Stream[Any, Any]) -> None:
    raise GRPCError(Status.UNIMPLEMENTED, "this session does not serve that method")


class ConnectedChannel(Channel):
    """A gRPC channel over a connection that exists already."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._made = connection

    async def _create_connection(self) -> H2Protocol:
        _, protocol = await asyncio.get_running_loop().create_connection(
            lambda: self._made.primed(self._protocol_factory()), sock=self._made.socket
        )
        return cast(H2Protocol, protocol)


async def send_frame(stream: Stream[Any, Any], data: bytes) -> None:
    """Sends bytes of gRPC messages as they are; grpclib sends each message in a frame of its own."""
    await cast(Any, stream)._stream.send_data(data)


def _ends(client: docker.DockerClient, response: requests.Response) -> tuple[Any, Any]:
    """What is read from and what is written to."""
    raw: Any = response.raw
    reader = raw._fp.fp
    try:
        below = cast(Any, client.api)._get_raw_response_socket(response)
    except AttributeError:  # docker-py knows no socket below the `ssh` program
        below = raw._connection.sock
    return reader, getattr(below, "_sock", below)


class _TLSEnd:
    """A TLS socket that one thread reads and another writes: OpenSSL allows only one call at a time on a connection.

    https://docs.openssl.org/master/man7/openssl-threads/
    """

    def __init__(self, reader: Any, tls: ssl.SSLSocket) -> None:
        tls.setblocking(False)
        self._tls, self._lock = tls, threading.Lock()
        try:
            self._rbuffer = reader.peek()  # read ahead behind the response's headers
        except ssl.SSLWantReadError:
            self._rbuffer = b""

    def recv(self, size: int) -> bytes:
        """The bytes that arrive next, at most `size`; none at the end."""
        return self._alone(lambda: self._tls.recv(size))

    def sendall(self, data: bytes) -> None:
        """Sends all of the data."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._alone(lambda: self._tls.send(rest)) :]  # noqa: B023 - called at once

    def close(self) -> None:
        """Ends the connection; a read that waits returns."""
        _shut(self._tls)

    def _alone(self, call: Callable[[], Value]) -> Value:
        while True:
            try:
                with self._lock:
                    return call()
            except ssl.SSLWantReadError:
                wait_for_read(self._tls)
            except ssl.SSLWantWriteError:
                wait_for_write(self._tls)


@contextlib.contextmanager
def _pumped(reader: Any, writer: Any) -> Iterator[socket.socket]:
    """One end of a socket pair whose other end is copied to and from a transport that asyncio does not know."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pumps = [
            Thread(target=_copy_in, args=(reader, writer, theirs), name="buildkit-read", daemon=True),
            Thread(target=_copy_out, args=(writer, theirs), name="buildkit-write", daemon=True),
        ]
        for pump in pumps:
            pump.start()
        ours.setblocking(False)
        try:
            yield ours
        finally:
            _shut(theirs)
            _shut(writer)
            for pump in pumps:
                pump.join()


def _copy_in(reader: Any, writer: Any, theirs: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError, EOFError):
        theirs.sendall(bytes(getattr(reader, "_rbuffer", b"")))
        receive = getattr(reader, "read1", None) or writer.recv
        while piece := receive(65536):
            theirs.sendall(piece)
    _shut(theirs)


def _copy_out(writer: Any, theirs: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError, EOFError):
        send = getattr(writer, "sendall", None) or writer.send
        while piece := theirs.recv(65536):
            send(piece)
    _shut(theirs)


def _shut(end: Any) -> None:
    with contextlib.suppress(OSError, ValueError, EOFError):
        if program := getattr(end, "proc", None):  # docker-py's own close writes to it, also where it has ended
            program.terminate()
            program.wait()
            program.stdin.close()
        elif isinstance(end, socket.socket):
            socket.socket.shutdown(
                end, socket.SHUT_RDWR
            )  # TLS's own would switch to plain text in the thread that reads
        else:
            end.close()
