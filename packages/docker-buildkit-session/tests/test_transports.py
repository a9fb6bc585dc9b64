"""Builds over TCP, without TLS and with it, to a front before the engine's socket."""

import asyncio
import contextlib
import ssl
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import docker
import pytest
from buildkit_session import BuildCancelled, CancelToken, Event, LogLine, build, cache_records
from docker.tls import TLSConfig

pytestmark = pytest.mark.engine


def certificates(folder: Path) -> None:
    """An authority, and a certificate of it for 127.0.0.1 that serves both ends."""
    # Python 3.13 and later verify strictly: RFC 5280 wants the key identifiers
    (folder / "names").write_text(
        "subjectAltName=IP:127.0.0.1\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    for words in (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem"
        " -addext keyUsage=critical,keyCertSign,cRLSign",
        "req -newkey rsa:2048 -nodes -subj /CN=both -keyout key.pem -out request",
        "x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out cert.pem -extfile names",
    ):
        subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)


@contextlib.contextmanager
def front(target: str, tls: ssl.SSLContext | None) -> Iterator[int]:
    """The port of a front that passes everything on to the engine's socket."""

    async def connect(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, onward = await asyncio.open_unix_connection(target)
        await asyncio.gather(copy(near, onward), copy(far, back))

    ready: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        server = await asyncio.start_server(connect, "127.0.0.1", 0, ssl=tls)
        end = asyncio.Event()
        ready.set_result((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), end))
        await end.wait()
        server.close()  # not waited for: since Python 3.12 that would last until every client has hung up

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    port, loop, end = ready.result(10)
    yield port
    loop.call_soon_threadsafe(end.set)
    thread.join()


async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(65536):
            sink.write(piece)
            await sink.drain()
    sink.close()


@pytest.fixture(params=["tcp", "tls"])
def far_client(
    request: pytest.FixtureRequest, socket_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[docker.DockerClient]:
    """A client of the same engine that reaches it over TCP."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # requests prefers these to the client's own authority
        monkeypatch.delenv(name, raising=False)
    if request.param == "tcp":
        with front(socket_path, None) as port:
            yield from connected(f"tcp://127.0.0.1:{port}", False)
        return
    certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    pair = (str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
    tls = TLSConfig(client_cert=pair, ca_cert=str(tmp_path / "ca.pem"), verify=True)
    with front(socket_path, context) as port:
        yield from connected(f"tcp://127.0.0.1:{port}", tls)


def connected(address: str, tls: TLSConfig | bool) -> Iterator[docker.DockerClient]:
    """A client of that address, closed afterwards."""
    found = docker.DockerClient(address, tls=tls, timeout=60)
    yield found
    found.close()


def ours() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("buildkit")}


def test_a_build_and_the_cache(far_client: docker.DockerClient, base: str, folder: Path, tag: str) -> None:
    (folder / "large").write_bytes(uuid.uuid4().bytes * 50_000)
    text = (
        f"FROM {base}\nCOPY . /context\nRUN --mount=type=secret,id=s cat /run/secrets/s && stat -c %s /context/large\n"
    )
    result = build(far_client, folder, text, tags=[tag], secrets={"s": "told "})
    assert result.error == "" and result.context_bytes == 32 + 800_000
    assert any(vertex.log == "told 800000\n" for vertex in result.vertexes)
    assert cache_records(far_client)
    assert ours() == set()


def test_a_build_is_cancelled(far_client: docker.DockerClient, base: str, folder: Path) -> None:
    marker, token = uuid.uuid4().hex, CancelToken()

    def cancel(event: Event) -> None:
        if isinstance(event, LogLine) and event.text == marker:
            threading.Timer(0.2, token.cancel).start()

    started = time.monotonic()
    with pytest.raises(BuildCancelled):
        build(far_client, folder, f"FROM {base}\nRUN echo {marker} && sleep 60\n", on_event=cancel, cancel=token)
    assert time.monotonic() - started < 20 and ours() == set()
