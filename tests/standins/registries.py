"""Fake registries: with a fixed error to every request, with a certificate that nobody trusts, and a silent one."""

import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@contextmanager
def answering(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Iterator[str]:
    """The address of a registry that answers /v2/ (unless `status` is 401) and fails every other request like this."""

    class Answer(BaseHTTPRequestHandler):
        default_request_version = "HTTP/1.1"  # an engine that tries TLS first must see that this is HTTP

        def do_GET(self) -> None:
            is_ping = self.path == "/v2/" and status != 401
            body = b"{}" if is_ping else json.dumps({"errors": [{"code": code, "message": message}]}).encode()
            self.send_response(200 if is_ping else status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": len(body),
                **(headers or {}),
            }.items():
                self.send_header(name, str(value))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *arguments: object) -> None:
            """Keeps the log out of the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def untrusted(folder: Path) -> Iterator[str]:
    """The address of a registry with a certificate of an unknown authority; engines trust any only on the loopback."""
    address = _own_address()
    certificate = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=registry -addext subjectAltName=IP:{address}"
    command = ["openssl", *certificate.split(), "-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    server = ThreadingHTTPServer((address, 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"{address}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _own_address() -> str:
    """The address of this machine in its network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


@contextmanager
def silent() -> Iterator[str]:
    """The address of a registry that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"
