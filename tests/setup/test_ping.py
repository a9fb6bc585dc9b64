"""Tests that ask an engine whether it is running."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import UnixStreamServer
from typing import ClassVar

import pytest

from helpers.setup.ping import Answer, ask, ping


@pytest.fixture(autouse=True)
def no_docker_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


class Engine(BaseHTTPRequestHandler):
    """Responds like an engine, and with 500 to unknown paths."""

    known: ClassVar = {"/_ping": b"OK", "/version": b'{"Version": "28.5.2"}', "/list": b"[1]", "/torn": b'{"Ver'}

    def do_GET(self) -> None:
        body = self.known.get(self.path)
        self.send_response(200 if body else 500)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def address_string(self) -> str:
        return "socket"

    def log_message(self, *text: object) -> None:
        """Print nothing."""


def serve(server: HTTPServer | UnixStreamServer, address: str) -> Iterator[str]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture
def on_socket(tmp_path: Path) -> Iterator[str]:
    yield from serve(UnixStreamServer(str(tmp_path / "s"), Engine), f"unix://{tmp_path}/s")


@pytest.fixture
def on_tcp() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Engine)
    yield from serve(server, f"tcp://127.0.0.1:{server.server_port}")


def test_an_engine_behind_a_socket_answers(on_socket: str) -> None:
    assert ping(on_socket) is Answer.HERE


def test_an_engine_on_tcp_answers(on_tcp: str) -> None:
    assert ping(on_tcp) is Answer.HERE


def test_a_missing_socket_has_no_listener(tmp_path: Path) -> None:
    assert ping(f"unix://{tmp_path}/none") is Answer.NO_LISTENER


def test_a_stale_socket_has_no_listener(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "left"))
    assert ping(f"unix://{tmp_path}/left") is Answer.NO_LISTENER


def test_a_closed_port_has_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
    assert ping(f"tcp://127.0.0.1:{port}") is Answer.NO_LISTENER


def test_a_server_that_never_responds_is_silent(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute"))
        mute.listen()
        assert ping(f"unix://{tmp_path}/mute", seconds=0.1) is Answer.SILENT


def test_an_error_response_counts_as_silent(on_socket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "known", {})
    assert ping(on_socket) is Answer.SILENT


def test_a_socket_without_permission_is_forbidden(on_socket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert ping(on_socket) is Answer.FORBIDDEN


@pytest.mark.parametrize("host", ["ssh://me@there", "npipe:////./pipe/docker_engine", "https://there:2376"])
def test_addresses_that_only_the_sdk_supports_are_unknown(host: str) -> None:
    assert ping(host) is Answer.UNKNOWN


@pytest.mark.parametrize("port", [2375, 2376, 8443])
@pytest.mark.parametrize("variable", ["DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"])
def test_tls_is_unknown_on_any_port(port: int, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "1")
    assert ping(f"tcp://there:{port}") is Answer.UNKNOWN


def test_the_port_alone_does_not_imply_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine can serve plain HTTP on the TLS port."""
    ports: list[int] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        ports.append(address[1])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    assert ping("tcp://127.0.0.1:2376") is Answer.NO_LISTENER
    assert ports == [2376]


@pytest.mark.parametrize("data", [b"HTTP/1.1 200 OK\r\n" * 99, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 999])
def test_a_slow_response_is_cut_off_in_time(data: bytes) -> None:
    def drip(server: socket.socket) -> None:
        with server.accept()[0] as client:
            for byte in data:
                try:
                    client.send(bytes([byte]))
                except OSError:
                    return
                time.sleep(0.005)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=[server], daemon=True).start()
        began = time.monotonic()
        assert ask(f"tcp://127.0.0.1:{server.getsockname()[1]}", "/version", seconds=0.25) == {}
    assert time.monotonic() - began < 3


def test_ask_returns_the_json_object(on_socket: str) -> None:
    assert ask(on_socket, "/version") == {"Version": "28.5.2"}


@pytest.mark.parametrize("path", ["/unknown", "/list", "/torn"])
def test_a_response_that_is_not_an_object_is_empty(on_socket: str, path: str) -> None:
    assert ask(on_socket, path) == {}


def test_ask_without_a_listener_is_empty(tmp_path: Path) -> None:
    assert ask(f"unix://{tmp_path}/none", "/version") == {}
