"""Ask an engine whether it is there, over a socket and with the standard library alone."""

import contextlib
import http.client
import json
import socket
import threading
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from helpers.setup.address import uses_tls

_BODY_BYTES = 4_000_000  # `GET /info` has some kilobytes
_SECONDS = 15.0  # a socket that starts its engine when somebody calls may take a while


class Answer(Enum):
    """What came back."""

    HERE = "it answers"
    NOBODY = "nothing listens there"
    FORBIDDEN = "this account may not use it"
    SILENT = "something listens there and does not answer"
    UNKNOWN = "only the Docker SDK can ask there"  # SSH, TLS and Windows pipes


def ping(host: str, seconds: float = _SECONDS) -> Answer:
    """Whether an engine answers at the address."""
    try:
        connection = _connection(host, seconds)
        if connection is None:
            return Answer.UNKNOWN
        return Answer.HERE if _get(connection, "/_ping") is not None else Answer.SILENT
    except PermissionError:
        return Answer.FORBIDDEN
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError, socket.gaierror):
        return Answer.NOBODY
    except (OSError, http.client.HTTPException):
        return Answer.SILENT


def ask(host: str, path: str, seconds: float = _SECONDS) -> dict[str, Any]:
    """The engine's JSON answer to a question, "/version"; empty where there is none."""
    try:
        connection = _connection(host, seconds)
        answer = json.loads(_get(connection, path) or b"{}") if connection else {}
    except (OSError, ValueError, http.client.HTTPException):
        return {}
    return answer if isinstance(answer, dict) else {}


class _OverSocket(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _connection(host: str, seconds: float) -> http.client.HTTPConnection | None:
    address = urlsplit(host)
    if address.scheme == "unix":
        return _OverSocket(address.path, seconds)
    if address.scheme == "http" or (address.scheme == "tcp" and not uses_tls()):
        if not address.hostname:
            return None
        return http.client.HTTPConnection(address.hostname, address.port or 2375, timeout=seconds)
    return None


def _get(connection: http.client.HTTPConnection, path: str) -> "bytes | None":
    """The body of a good answer, all of it within the connection's time limit, which itself counts from read to read.

    Raises OSError or HTTPException.
    """
    connection.connect()
    timer = threading.Timer(connection.timeout or _SECONDS, _shut, [connection.sock])
    timer.daemon = True
    timer.start()
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read(_BODY_BYTES) if answer.status == 200 else None
    finally:
        timer.cancel()
        connection.close()


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
