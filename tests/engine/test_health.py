"""Waiting for the first 200 from a server in this process."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from helpers.core.records.run import Health
from helpers.engine import health
from helpers.engine.health import CHECK_SECONDS, Waiting, pause
from helpers.engine.http_client import Answer, NoAnswer

Served = Callable[[int, float], str]


@pytest.fixture
def serve() -> Iterator[Served]:
    """Starts a server that returns `status`, after `refused` responses with 503; returns its URL."""
    servers: list[HTTPServer] = []

    def start(status: int, refused: float = 0) -> str:
        calls = iter(range(1_000_000))

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(503 if next(calls) < refused else status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b"well")

            def log_message(self, *_: object) -> None:
                """Suppresses the log."""

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/health"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def alive(_: float) -> bool:
    return True


def test_the_first_200_ends_the_wait(serve: Served) -> None:
    found = Waiting(serve(200, 3), 10).until_healthy(alive)
    assert found is not None and (found.status, found.body) == (200, "well")
    assert 3 * 0.005 < found.seconds_to_healthy < 1


def test_seconds_count_from_the_given_start(serve: Served) -> None:
    found = Waiting(serve(200, 0), 100, began=time.monotonic() - 50).until_healthy(alive)
    assert found is not None and 50 < found.seconds_to_healthy < 51


@pytest.mark.parametrize(
    ("status", "result"), [(404, "HTTP 404"), (500, "HTTP 500"), (302, "HTTP 302 to /elsewhere"), (204, "HTTP 204")]
)
def test_another_status_is_recorded_as_the_last_result(
    serve: Served, status: int, result: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "REFUSED_SECONDS", 0)
    waiting = Waiting(serve(status, 0), 0.1 if status == 500 else 10)
    assert waiting.until_healthy(alive) is None
    assert waiting.last == result and waiting.answers


@pytest.mark.parametrize("status", [404, 403, 302, 204])
def test_a_permanent_error_ends_the_wait(serve: Served, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert health.REFUSED_SECONDS == 10
    monkeypatch.setattr(health, "REFUSED_SECONDS", 0.05)
    waiting = Waiting(serve(status, 3), 60)
    assert waiting.until_healthy(alive) is None
    assert waiting.is_refused and 0.05 <= waiting.elapsed < 5


@pytest.mark.parametrize("status", [500, 503, 429, 425, 408])
def test_a_temporary_error_is_waited_for(serve: Served, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "REFUSED_SECONDS", 0.02)
    waiting = Waiting(serve(status, 0), 0.06)
    assert waiting.until_healthy(alive) is None
    assert not waiting.is_refused and waiting.elapsed >= 0.06


def test_an_interruption_restarts_the_refused_period(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "REFUSED_SECONDS", 0.15)
    answered: list[float] = []
    interrupted: list[float] = []

    def ask(_: float) -> Answer:
        if len(answered) == 5:
            interrupted.append(time.monotonic())
            answered.append(interrupted[0])
            raise NoAnswer("connection refused")
        answered.append(time.monotonic())
        return Answer(404)

    waiting = Waiting("http://there/health", 60, ask=ask)
    assert waiting.until_healthy(alive) is None
    assert waiting.is_refused and time.monotonic() - interrupted[0] >= 0.15


def test_seconds_of_the_response_take_precedence() -> None:
    found = Waiting("http://there/health", 60, ask=lambda _: Answer(200, "well", seconds=0.125)).until_healthy(alive)
    assert found == Health(200, 0.125, "well")


def test_a_closed_port_is_waited_for_up_to_the_limit() -> None:
    waiting = Waiting(_closed_port(), 0.15)
    assert waiting.until_healthy(alive) is None
    assert 0.15 <= waiting.elapsed < 1
    assert waiting.last == "connection refused" and not waiting.answers


def test_a_silent_server_does_not_extend_the_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        waiting = Waiting(f"http://127.0.0.1:{listener.getsockname()[1]}/health", 0.15)
        assert waiting.until_healthy(alive) is None
        assert waiting.elapsed < 1


def test_the_check_runs_regularly_and_can_end_the_wait() -> None:
    calls: list[float] = []

    def check(elapsed: float) -> bool:
        calls.append(elapsed)
        return len(calls) < 2

    waiting = Waiting(_closed_port(), 60)
    assert waiting.until_healthy(check) is None
    assert len(calls) == 2 and 2 * CHECK_SECONDS <= waiting.elapsed < 5


@pytest.mark.parametrize(("elapsed", "seconds"), [(0, 0.005), (1, 0.005), (7, 0.007), (10, 0.010), (100, 0.010)])
def test_the_pause_grows_with_the_wait(elapsed: float, seconds: float) -> None:
    assert pause(elapsed) == pytest.approx(seconds)


def _closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/health"
