"""What goes wrong with a connection is said as it is, and nothing of the connection stays behind."""

import asyncio
import contextlib
import gc
import json
import socket
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from buildkit_session import build, cache_records, has_buildkit
from buildkit_session._session import session
from docker.errors import APIError

Answer = Callable[[socket.socket], None]  # what the engine does on a connection that asks for a path


def says(status: str, body: bytes = b"", headers: str = "") -> Answer:
    """An answer of HTTP, after which the connection ends."""

    def answer(connection: socket.socket) -> None:
        length = "" if status.startswith("101") else f"Content-Length: {len(body)}\r\n"
        connection.sendall(f"HTTP/1.1 {status}\r\n{length}{headers}\r\n".encode() + body)

    return answer


SWITCHES = says("101 UPGRADED", headers="Connection: Upgrade\r\nUpgrade: h2c\r\n")


def switches_and_stays(connection: socket.socket) -> None:
    """Switches protocols, and reads whatever comes until the other side ends the connection."""
    SWITCHES(connection)
    while connection.recv(65536):
        pass


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Callable[[dict[str, Answer]], docker.DockerClient]]:
    """A client of an engine that answers by path; how many of its connections are open is in `open`."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "docker.sock"))
    listening.listen()
    answers: dict[str, Answer] = {}

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65536)
            path = request.split(b" ")[1].split(b"?")[0].decode().removeprefix("/v1.41")
            answers.get(path, says("404 Not Found", b'{"message": "page not found"}'))(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listening.accept()[0],), name="engine", daemon=True).start()

    threading.Thread(target=accept, name="listening", daemon=True).start()

    def client(by_path: dict[str, Answer]) -> docker.DockerClient:
        answers.update(by_path)
        return docker.DockerClient(f"unix://{tmp_path}/docker.sock", version="1.41", timeout=20)

    yield client
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


@pytest.fixture(autouse=True, scope="module")
def nothing_of_earlier_tests() -> Iterator[None]:
    """The garbage collection after each test looks only at what that test left; the rest takes a tenth of a second."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """No thread of ours and no open socket is left, and none is closed by the garbage collector alone."""
    threads = {thread for thread in threading.enumerate() if thread.name.startswith("buildkit")}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        yield
        gc.collect()
    assert {thread for thread in threading.enumerate() if thread.name.startswith("buildkit")} == threads
    assert [str(each.message) for each in caught if issubclass(each.category, ResourceWarning)] == []


def message(text: str) -> bytes:
    return json.dumps({"message": text}).encode()


def test_an_engine_that_refuses_a_session_is_quoted(engine: Callable[..., docker.DockerClient]) -> None:
    client = engine({"/session": says("500 Internal Server Error", message("no sessions today"))})
    with pytest.raises(APIError, match="no sessions today"):
        build(client, {"a": "b"}, "FROM scratch\n")


def test_an_answer_that_does_not_switch_protocols_is_no_session(engine: Callable[..., docker.DockerClient]) -> None:
    client = engine({"/session": says("200 OK", b"hello")})
    with pytest.raises(APIError, match="did not switch protocols"):
        build(client, {"a": "b"}, "FROM scratch\n")


def test_an_engine_that_refuses_the_build_is_quoted_and_the_session_ends(
    engine: Callable[..., docker.DockerClient],
) -> None:
    ended = threading.Event()

    def stays(connection: socket.socket) -> None:
        switches_and_stays(connection)
        ended.set()

    client = engine({"/session": stays, "/build": says("400 Bad Request", message("invalid reference format"))})
    with pytest.raises(APIError, match="invalid reference format"):
        build(client, {"a": "b"}, "FROM scratch\n", tags=["UPPER"])
    assert ended.wait(5)


def test_an_engine_that_hangs_up_in_the_middle_of_a_build_is_an_error(
    engine: Callable[..., docker.DockerClient],
) -> None:
    def breaks_off(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{")

    client = engine({"/session": switches_and_stays, "/build": breaks_off})
    with pytest.raises(Exception, match=r"(?i)connection broken|incomplete|ended prematurely"):
        build(client, {"a": "b"}, "FROM scratch\n")


def test_an_answer_without_an_end_is_a_failure(engine: Callable[..., docker.DockerClient]) -> None:
    client = engine({"/session": switches_and_stays, "/build": says("200 OK", b'{"stream": "hello"}\r\n')})
    assert "neither an image nor an error" in build(client, {"a": "b"}, "FROM scratch\n").error


def test_why_a_session_cannot_be_served_is_raised(
    engine: Callable[..., docker.DockerClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> asyncio.BaseTransport:
        raise OSError("no more sockets")

    monkeypatch.setattr(asyncio.BaseEventLoop, "connect_accepted_socket", fails)
    with pytest.raises(OSError, match="no more sockets"), session(engine({"/session": switches_and_stays}), [], ""):
        pytest.fail("there is no session")


@pytest.mark.parametrize("on_session", [switches_and_stays, SWITCHES], ids=["open", "ended by the engine"])
def test_cleaning_up_hides_no_error(engine: Callable[..., docker.DockerClient], on_session: Answer) -> None:
    with pytest.raises(KeyError, match="the cause"), session(engine({"/session": on_session}), [], ""):
        raise KeyError("the cause")


def test_a_build_cache_that_ends_the_connection_is_an_error(engine: Callable[..., docker.DockerClient]) -> None:
    with pytest.raises(ConnectionResetError, match="ended the connection"):
        cache_records(engine({"/grpc": SWITCHES}))


def test_an_engine_without_buildkit_says_so(engine: Callable[..., docker.DockerClient]) -> None:
    assert not has_buildkit(engine({}))


def test_an_engine_that_takes_sessions_has_buildkit(engine: Callable[..., docker.DockerClient]) -> None:
    assert has_buildkit(engine({"/session": switches_and_stays}))


def test_files_are_not_left_open(engine: Callable[..., docker.DockerClient]) -> None:
    client = engine({"/session": switches_and_stays, "/build": says("200 OK", b"")})
    build(client, {"a": uuid.uuid4().hex}, "FROM scratch\n")
    client.close()
    before = open_files()
    for _ in range(5):
        build(client, {"a": uuid.uuid4().hex}, "FROM scratch\n")
        client.close()
    deadline = time.monotonic() + 5
    while open_files() > before:  # the other ends of the connections are in this process too
        assert time.monotonic() < deadline
        time.sleep(0.01)


def open_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])
