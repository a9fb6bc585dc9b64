"""Whether an engine answers at an address, asked with the standard library only."""

import contextlib
import http.client
import json
import socket
import threading
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from helpers.core import endpoint

_BODY_BYTES = 4_000_000  # `GET /info` returns some kilobytes
_SECONDS = 15.0  # a socket that starts its engine on the first connection may take a while


class Answer(Enum):
    """The result of a ping; the value is the text for messages."""

    HERE = "it answers"
    NO_LISTENER = "nothing listens there"
    FORBIDDEN = "you don't have permission to use it"
    SILENT = "something listens there but does not answer"
    UNKNOWN = "only the Docker SDK can connect to it"  # SSH, TLS and Windows pipes


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
        return Answer.NO_LISTENER
    except (OSError, http.client.HTTPException):
        return Answer.SILENT


def ask(host: str, path: str, seconds: float = _SECONDS) -> dict[str, Any]:
    """The engine's JSON object for a GET request such as "/version"; empty if there is none."""
    answer = _json(host, path, seconds)
    return answer if isinstance(answer, dict) else {}


def listed(host: str, path: str, seconds: float = _SECONDS) -> list[Any]:
    """The engine's JSON list for a GET request such as "/images/json"; empty if there is none."""
    answer = _json(host, path, seconds)
    return answer if isinstance(answer, list) else []


def _json(host: str, path: str, seconds: float) -> object:
    try:
        connection = _connection(host, seconds)
        return json.loads(_get(connection, path) or b"{}") if connection else {}
    except (OSError, ValueError, http.client.HTTPException):
        return {}


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
    if address.scheme == "http" or (address.scheme == "tcp" and not endpoint.tls()):
        if not address.hostname:
            return None
        return http.client.HTTPConnection(address.hostname, address.port or 2375, timeout=seconds)
    return None


def _get(connection: http.client.HTTPConnection, path: str) -> "bytes | None":
    """The body of a response with status 200, else None.

    A timer limits the whole exchange, because the socket's own time limit applies to each read. Raises OSError or
    HTTPException.
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
