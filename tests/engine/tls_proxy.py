"""A TLS proxy for the machine's engine, on a random port."""

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

SOCKET = "/var/run/docker.sock"
_NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"  # an RSA key takes a tenth of a second


def make_certificates(folder: Path) -> None:
    """Creates a CA and a server and a client certificate, under Docker's file names."""
    authority = f"req -x509 {_NEW_KEY} -days 2 -subj /CN=authority -keyout ca.key -out ca.pem"
    _openssl(folder, f"{authority} -addext keyUsage=critical,keyCertSign,cRLSign")
    # Python 3.13 and later verify strictly: RFC 5280 requires the key identifiers
    (folder / "names").write_text(
        "subjectAltName=IP:127.0.0.1\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    for name, common_name in (("server", "server"), ("", "client")):
        key, certificate = (folder / f"{name}{kind}.pem" for kind in ("key", "cert"))
        _openssl(folder, f"req {_NEW_KEY} -subj /CN={common_name} -keyout {key.name} -out request")
        made = f"x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out {certificate.name}"
        _openssl(folder, f"{made} -extfile names")


@contextlib.contextmanager
def tls_proxy(folder: Path, *, client_certificate: bool = True) -> Iterator[int]:
    """The loopback port on which the machine's engine responds over TLS, to clients with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "servercert.pem", folder / "serverkey.pem")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED if client_certificate else ssl.CERT_NONE
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=[listener, context], daemon=True).start()
        yield listener.getsockname()[1]


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_forward, args=[client, context], daemon=True).start()


def _forward(client: socket.socket, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as engine:
        engine.connect(SOCKET)
        with context.wrap_socket(client, server_side=True) as secured:
            secured.settimeout(0.01)  # one thread for both directions: an SSL socket isn't thread-safe
            engine.settimeout(0.01)
            while _copy(secured, engine) and _copy(engine, secured):
                """Until one side closes the connection."""


def _copy(source: socket.socket, target: socket.socket) -> bool:
    """Forwards the available data; False once the source has closed the connection."""
    try:
        data = source.recv(65536)
    except TimeoutError:
        return True
    view = memoryview(data)
    while view:
        with contextlib.suppress(TimeoutError):
            view = view[target.send(view) :]
    return bool(data)


def _openssl(folder: Path, words: str) -> None:
    subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True, timeout=60)
