"""HTTP GETs with limits, sent to servers in this process that would otherwise block a client forever."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from helpers.engine.http_client import BODY_BYTES, CUT, NoAnswer, ask

Conversation = Callable[[socket.socket], None]
Served = Callable[[Conversation], str]
SECONDS = 10.0  # of requests that are answered at once
SHORT_SECONDS = 0.15
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@pytest.fixture
def serve() -> Iterator[Served]:
    """Starts a server that runs this conversation with its first client; returns its URL."""
    listeners: list[socket.socket] = []

    def start(conversation: Conversation) -> str:
        listeners.append(socket.create_server(("127.0.0.1", 0)))

        def receive() -> None:
            client, _ = listeners[-1].accept()
            with client:
                client.recv(4096)
                try:
                    conversation(client)
                except OSError:
                    """The client has disconnected, as the test expects."""

        threading.Thread(target=receive, daemon=True).start()
        return f"http://127.0.0.1:{listeners[-1].getsockname()[1]}/health?deep=1"

    yield start
    for listener in listeners:
        listener.close()


def byte_by_byte(data: bytes) -> Conversation:
    def send(client: socket.socket) -> None:
        for byte in data:
            client.send(bytes([byte]))
            time.sleep(0.02)

    return send


def test_status_and_body_are_returned(serve: Served) -> None:
    answer = ask(serve(lambda client: client.sendall(HEAD + b"well")), SECONDS)
    assert (answer.status, answer.body, str(answer)) == (200, "well", "HTTP 200")


def test_path_and_query_are_requested(serve: Served) -> None:
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def receive() -> None:
            with listener.accept()[0] as client:
                received.append(client.recv(4096))
                client.sendall(HEAD)

        threading.Thread(target=receive, daemon=True).start()
        ask(f"http://127.0.0.1:{listener.getsockname()[1]}/health?deep=1", SECONDS)
    assert received[0].startswith(b"GET /health?deep=1 HTTP/1.1\r\n")


def test_an_endless_body_is_truncated_with_a_note(serve: Served) -> None:
    def flood(client: socket.socket) -> None:
        client.sendall(HEAD)
        while True:
            client.sendall(b"x" * 65536)

    began = time.monotonic()
    answer = ask(serve(flood), 30)
    assert time.monotonic() - began < 5
    assert answer.status == 200 and answer.body == "x" * BODY_BYTES + CUT


def test_a_body_at_the_limit_is_complete(serve: Served) -> None:
    answer = ask(serve(lambda client: client.sendall(HEAD + b"x" * BODY_BYTES)), 5)
    assert answer.body == "x" * BODY_BYTES


@pytest.mark.parametrize(
    ("data", "words"),
    [(HEAD + b"x" * 1000, "HTTP 200, but no complete"), (HEAD * 9, "no complete response within 0.15 s")],
)
def test_a_slow_trickle_does_not_extend_the_timeout(serve: Served, data: bytes, words: str) -> None:
    start = len(HEAD) if words.startswith("HTTP") else 0

    def trickle(client: socket.socket) -> None:
        client.sendall(data[:start])
        byte_by_byte(data[start:])(client)

    began = time.monotonic()
    with pytest.raises(NoAnswer, match=words):
        ask(serve(trickle), SHORT_SECONDS)
    assert SHORT_SECONDS <= time.monotonic() - began < SHORT_SECONDS + 0.5


def test_endless_chunks_are_no_response(serve: Served) -> None:
    def chunks(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            client.sendall(b"1\r\nx\r\n")
            time.sleep(0.02)

    began = time.monotonic()
    with pytest.raises(NoAnswer):
        ask(serve(chunks), SHORT_SECONDS)
    assert time.monotonic() - began < SHORT_SECONDS + 0.5


def test_a_redirect_is_shown_and_not_followed(serve: Served) -> None:
    head = b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\x1b[2J\r\nContent-Length: 0\r\n\r\n"
    assert str(ask(serve(lambda client: client.sendall(head)), SECONDS)) == "HTTP 301 to https://elsewhere.example/[2J"


@pytest.mark.parametrize("data", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_an_incomplete_response_is_no_response(serve: Served, data: bytes) -> None:
    with pytest.raises(NoAnswer):
        ask(serve(lambda client: client.sendall(data)), SECONDS)


def test_no_timer_thread_remains(serve: Served) -> None:
    ask(serve(lambda client: client.sendall(HEAD)), 60)
    until = time.monotonic() + 5
    while any(isinstance(thread, threading.Timer) for thread in threading.enumerate()):
        assert time.monotonic() < until, "the timer still runs after the response"
        time.sleep(0.01)
