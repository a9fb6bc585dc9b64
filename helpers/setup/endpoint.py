"""Which engine is meant (DOCKER_HOST, context, default socket), and whether it answers."""

import contextlib
import hashlib
import http.client
import json
import os
import socket
import sys
import threading
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from helpers.core.errors import SetupError

_DEFAULT = "npipe:////./pipe/docker_engine" if sys.platform == "win32" else "unix:///var/run/docker.sock"


@dataclass(frozen=True)
class Address:
    """The address of an engine, and the setting that chose it."""

    host: str  # "unix:///var/run/docker.sock"
    chosen_by: str  # "DOCKER_HOST" | "context desktop-linux" | "default socket"

    @property
    def is_default(self) -> bool:
        """Whether no setting chose this address, so that an engine may be started here."""
        return self.chosen_by == "default socket"


def find() -> Address:
    """The address of the engine that this machine's settings select.

    Raises SetupError if the selected context does not exist; no other engine replaces it.
    """
    host = os.environ.get("DOCKER_HOST")
    if host:
        return Address(host, "DOCKER_HOST")
    name = context()
    if name == "default":
        return Address(_DEFAULT, "default socket")
    return Address(_host_of(name), f"context {name}")


def context() -> str:
    """The name of the selected Docker context; "default" if none is selected."""
    return os.environ.get("DOCKER_CONTEXT") or _current_context() or "default"


def uses_tls() -> bool:
    """Whether connections to the selected engine use TLS, on any port.

    Follows the Docker SDK and the Docker CLI: DOCKER_TLS_VERIFY and DOCKER_CERT_PATH come first, then the current
    context's TLS setting and certificates.
    """
    if os.environ.get("DOCKER_TLS_VERIFY") or os.environ.get("DOCKER_CERT_PATH"):
        return True
    name = context()
    if os.environ.get("DOCKER_HOST") or name == "default":
        return False
    certificates = folder() / "contexts" / "tls" / hashlib.sha256(name.encode()).hexdigest() / "docker"
    return bool(_endpoint(name).get("SkipTLSVerify")) or any(certificates.glob("*.pem"))


def folder() -> Path:
    """The folder of the Docker client's settings: DOCKER_CONFIG, else ~/.docker."""
    return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")


def _current_context() -> str:
    try:
        settings = json.loads((folder() / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(settings.get("currentContext") or "")


def _host_of(name: str) -> str:
    """The address of a context's engine."""
    try:
        return str(_endpoint(name)["Host"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"The Docker context {name!r} is selected but does not exist in {folder()}.",
            "List contexts with `docker context ls`, select one with `docker context use`, or unset DOCKER_CONTEXT.",
        ) from error


def _endpoint(name: str) -> "dict[str, object]":
    """The engine's entry in a context's metadata, which the Docker CLI stores under the SHA-256 of the name."""
    file = folder() / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))["Endpoints"]["docker"])


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
