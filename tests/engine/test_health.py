"""Waiting for the first good answer, from a server in this process."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from helpers.engine.health import LOOK_SECONDS, Waiting, pause

Served = Callable[[int, float], str]


@pytest.fixture
def serve() -> Iterator[Served]:
    """Starts a server that answers with a status, after so many requests of 503; gives its address."""
    servers: list[HTTPServer] = []

    def start(status: int, refused: float = 0) -> str:
        asked = iter(range(1_000_000))

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(503 if next(asked) < refused else status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b"well")

            def log_message(self, *_: object) -> None:
                """A test's output is its own."""

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/health"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def hopeful(_: float) -> bool:
    return True


def test_the_first_200_ends_the_wait(serve: Served) -> None:
    health = Waiting(serve(200, 3), 10).until_healthy(hopeful)
    assert health is not None and (health.status, health.body) == (200, "well")
    assert 3 * 0.005 < health.seconds_to_healthy < 1


def test_seconds_count_from_the_given_beginning(serve: Served) -> None:
    health = Waiting(serve(200, 0), 100, began=time.monotonic() - 50).until_healthy(hopeful)
    assert health is not None and 50 < health.seconds_to_healthy < 51


@pytest.mark.parametrize("status", [404, 500, 302, 204])
def test_another_answer_is_no_good_answer_and_is_remembered(serve: Served, status: int) -> None:
    waiting = Waiting(serve(status, 0), 0.1)
    assert waiting.until_healthy(hopeful) is None
    assert waiting.last == f"HTTP {status}"


def test_nobody_there_is_waited_for_up_to_the_limit() -> None:
    waiting = Waiting(_closed_port(), 0.15)
    assert waiting.until_healthy(hopeful) is None
    assert 0.15 <= waiting.elapsed < 1
    assert "Error" in waiting.last


def test_a_server_that_never_answers_does_not_hold_us_beyond_the_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        waiting = Waiting(f"http://127.0.0.1:{door.getsockname()[1]}/health", 0.15)
        assert waiting.until_healthy(hopeful) is None
        assert waiting.elapsed < 1


def test_hope_is_asked_for_now_and_then_and_its_loss_ends_the_wait() -> None:
    asked: list[float] = []

    def look(elapsed: float) -> bool:
        asked.append(elapsed)
        return len(asked) < 3

    waiting = Waiting(_closed_port(), 60)
    assert waiting.until_healthy(look) is None
    assert len(asked) == 3 and 3 * LOOK_SECONDS <= waiting.elapsed < 5


@pytest.mark.parametrize(("elapsed", "seconds"), [(0, 0.005), (1, 0.005), (7, 0.007), (10, 0.010), (100, 0.010)])
def test_the_pause_grows_with_the_wait(elapsed: float, seconds: float) -> None:
    assert pause(elapsed) == pytest.approx(seconds)


def _closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return f"http://127.0.0.1:{door.getsockname()[1]}/health"
