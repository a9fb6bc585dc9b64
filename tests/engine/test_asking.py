"""One HTTP question with an end, put to servers in this process that would hold a client for ever."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from helpers.engine.asking import BODY_BYTES, CUT, NoAnswer, ask

Conversation = Callable[[socket.socket], None]
Served = Callable[[Conversation], str]
SECONDS = 0.5
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@pytest.fixture
def serve() -> Iterator[Served]:
    """Starts a server that has this conversation with its first guest; gives its address."""
    doors: list[socket.socket] = []

    def start(conversation: Conversation) -> str:
        doors.append(socket.create_server(("127.0.0.1", 0)))

        def receive() -> None:
            guest, _ = doors[-1].accept()
            with guest:
                guest.recv(4096)
                try:
                    conversation(guest)
                except OSError:
                    """The guest has gone, which is what the test is about."""

        threading.Thread(target=receive, daemon=True).start()
        return f"http://127.0.0.1:{doors[-1].getsockname()[1]}/health?deep=1"

    yield start
    for door in doors:
        door.close()


def drop_by_drop(data: bytes) -> Conversation:
    def send(guest: socket.socket) -> None:
        for byte in data:
            guest.send(bytes([byte]))
            time.sleep(0.05)

    return send


def test_status_and_body_are_the_servers(serve: Served) -> None:
    answer = ask(serve(lambda guest: guest.sendall(HEAD + b"well")), SECONDS)
    assert (answer.status, answer.body, str(answer)) == (200, "well", "HTTP 200")


def test_the_path_and_its_query_are_asked_for(serve: Served) -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def receive() -> None:
            with door.accept()[0] as guest:
                heard.append(guest.recv(4096))
                guest.sendall(HEAD)

        threading.Thread(target=receive, daemon=True).start()
        ask(f"http://127.0.0.1:{door.getsockname()[1]}/health?deep=1", SECONDS)
    assert heard[0].startswith(b"GET /health?deep=1 HTTP/1.1\r\n")


def test_a_body_without_an_end_is_cut_and_said_to_be(serve: Served) -> None:
    def flood(guest: socket.socket) -> None:
        guest.sendall(HEAD)
        while True:
            guest.sendall(b"x" * 65536)

    began = time.monotonic()
    answer = ask(serve(flood), 30)
    assert time.monotonic() - began < 5
    assert answer.status == 200 and answer.body == "x" * BODY_BYTES + CUT


def test_a_body_that_just_fits_is_whole(serve: Served) -> None:
    answer = ask(serve(lambda guest: guest.sendall(HEAD + b"x" * BODY_BYTES)), 5)
    assert answer.body == "x" * BODY_BYTES


@pytest.mark.parametrize(
    ("data", "words"), [(HEAD + b"x" * 1000, "HTTP 200, and no end"), (HEAD * 9, "no whole answer within 0.5 s")]
)
def test_a_byte_now_and_then_does_not_extend_the_time(serve: Served, data: bytes, words: str) -> None:
    start = len(HEAD) if words.startswith("HTTP") else 0

    def trickle(guest: socket.socket) -> None:
        guest.sendall(data[:start])
        drop_by_drop(data[start:])(guest)

    began = time.monotonic()
    with pytest.raises(NoAnswer, match=words):
        ask(serve(trickle), SECONDS)
    assert SECONDS <= time.monotonic() - began < SECONDS + 0.5


def test_chunks_that_go_on_for_ever_are_no_answer(serve: Served) -> None:
    def chunks(guest: socket.socket) -> None:
        guest.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            guest.sendall(b"1\r\nx\r\n")
            time.sleep(0.05)

    began = time.monotonic()
    with pytest.raises(NoAnswer):
        ask(serve(chunks), SECONDS)
    assert time.monotonic() - began < SECONDS + 0.5


def test_a_redirect_is_shown_and_not_followed(serve: Served) -> None:
    head = b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\x1b[2J\r\nContent-Length: 0\r\n\r\n"
    assert str(ask(serve(lambda guest: guest.sendall(head)), SECONDS)) == "HTTP 301 to https://elsewhere.example/[2J"


@pytest.mark.parametrize("data", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_what_is_no_whole_answer_is_none(serve: Served, data: bytes) -> None:
    with pytest.raises(NoAnswer):
        ask(serve(lambda guest: guest.sendall(data)), SECONDS)


def test_no_thread_stays(serve: Served) -> None:
    ask(serve(lambda guest: guest.sendall(HEAD)), 60)
    until = time.monotonic() + 5
    while any(isinstance(thread, threading.Timer) for thread in threading.enumerate()):
        assert time.monotonic() < until, "the clock of an answer that came goes on"
        time.sleep(0.01)
