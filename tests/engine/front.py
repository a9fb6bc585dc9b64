"""A front before the machine's engine: TLS, on a port that says nothing of it."""

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

SOCKET = "/var/run/docker.sock"


def make_certificates(folder: Path) -> None:
    """An authority, and from it a server's and a client's certificate, under the names that Docker gives the files."""
    authority = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem"
    _openssl(folder, f"{authority} -addext keyUsage=critical,keyCertSign,cRLSign")
    # Python 3.13 and later verify strictly: RFC 5280 wants the key identifiers
    (folder / "names").write_text(
        "subjectAltName=IP:127.0.0.1\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    for name, common_name in (("server", "server"), ("", "client")):
        key, certificate = (folder / f"{name}{kind}.pem" for kind in ("key", "cert"))
        _openssl(folder, f"req -newkey rsa:2048 -nodes -subj /CN={common_name} -keyout {key.name} -out request")
        made = f"x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out {certificate.name}"
        _openssl(folder, f"{made} -extfile names")


@contextlib.contextmanager
def tls_front(folder: Path, *, client_certificate: bool = True) -> Iterator[int]:
    """The port on loopback at which the machine's engine answers over TLS, to who has one of the certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "servercert.pem", folder / "serverkey.pem")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED if client_certificate else ssl.CERT_NONE
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=_serve, args=[door, context], daemon=True).start()
        yield door.getsockname()[1]


def _serve(door: socket.socket, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError):
        while True:
            guest, _ = door.accept()
            threading.Thread(target=_join, args=[guest, context], daemon=True).start()


def _join(guest: socket.socket, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as engine:
        engine.connect(SOCKET)
        with context.wrap_socket(guest, server_side=True) as inside:
            inside.settimeout(0.01)  # one thread for both ways: an SSL socket is not for two at a time
            engine.settimeout(0.01)
            while _pump(inside, engine) and _pump(engine, inside):
                """Until one of them hangs up."""


def _pump(source: socket.socket, target: socket.socket) -> bool:
    """Hands on what is there now; False once the source has hung up."""
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
