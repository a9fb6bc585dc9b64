"""Which engine is reached, and who is refused: those are played by a small server with recorded answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import docker
import pytest

from helpers.engine import connection
from helpers.records.errors import EngineNotFound, EngineRefused

# `GET /version` of Podman 4.3.1 (Debian 12) and of a Docker Engine from before BuildKit, shortened
PODMAN = {
    "Version": "4.3.1",
    "ApiVersion": "1.41",
    "Components": [
        {"Name": "Podman Engine", "Version": "4.3.1"},
        {"Name": "Conmon", "Version": "conmon version 2.1.6"},
    ],
}
OLD_DOCKER = {
    "Version": "18.06.3-ce",
    "ApiVersion": "1.41",
    "Components": [{"Name": "Engine", "Version": "18.06.3-ce"}],
}


def _handler(version: dict[str, object]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers as that engine does: it knows /_ping and /version, and no sessions."""

        def do_GET(self) -> None:
            body = b"OK" if self.path.endswith("/_ping") else json.dumps(version).encode()
            self._answer(200, body)

        def do_POST(self) -> None:
            self._answer(404, b'{"message": "page not found"}')

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler


@pytest.fixture
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """DOCKER_HOST leads to a server that gives the parameter as its version."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(request.param))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
    yield
    server.shutdown()
    server.server_close()


@pytest.fixture
def configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A Docker configuration of the test's own, in which no engine is chosen."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("engine", [PODMAN], indirect=True)
@pytest.mark.usefixtures("engine")
def test_podman_is_refused_by_name() -> None:
    with pytest.raises(EngineRefused, match="Podman"):
        connection.connect()


@pytest.mark.parametrize("engine", [OLD_DOCKER], indirect=True)
@pytest.mark.usefixtures("engine")
def test_an_engine_without_buildkit_is_refused_with_its_version() -> None:
    with pytest.raises(EngineRefused, match=r"18\.06\.3-ce.*BuildKit"):
        connection.connect()


def test_nobody_at_docker_host_is_said_with_the_address(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{configuration}/nobody.sock")
    with pytest.raises(EngineNotFound, match=r"nobody\.sock.*DOCKER_HOST"):
        connection.connect()


def test_an_unknown_context_is_not_taken_for_the_default(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "no-such-context")
    with pytest.raises(EngineNotFound, match="no-such-context"):
        connection.connect()


@pytest.mark.usefixtures("configuration")
def test_without_any_choice_it_is_the_default_socket() -> None:
    assert connection.chosen_by() == "default socket"


def test_a_context_that_was_chosen_is_named(configuration: Path) -> None:
    (configuration / "config.json").write_text(json.dumps({"currentContext": "desktop-linux"}))
    assert connection.chosen_by() == "context desktop-linux"


@pytest.mark.engine
def test_the_engine_that_is_reached_says_what_it_is(client: docker.DockerClient) -> None:
    engine = connection.describe(client)
    assert engine.version == client.version()["Version"]
    assert engine.architecture in ("amd64", "arm64")
    assert engine.storage and engine.chosen_by
    assert engine.address == connection.shareable(connection.address())
