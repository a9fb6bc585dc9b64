"""The probe of this machine's speed: it is short, and a network that doesn't answer costs no more time."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from helpers.setup import probe


class Index(http.server.BaseHTTPRequestHandler):
    """A package index whose page is a megabyte, for one user only."""

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == "Basic dXNlcjpwYXNzOndvcmQ="
        self.send_response(200 if allowed and self.path == "/simple/uv/" else 401)
        self.end_headers()
        self.wfile.write(bytes(1_000_000))

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@pytest.fixture
def index() -> Iterator[str]:
    with serving(Index) as port:
        yield f"127.0.0.1:{port}/simple"


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A server that answers every request, and one that redirects to it; remembers the logins that it gets."""

    logins: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        port = self.path[1:]
        self.logins.append(self.headers["Authorization"])
        self.send_response(302 if port else 200)
        if port:
            self.send_header("Location", f"http://127.0.0.1:{port}/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of a server on the loopback interface."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doesn't measure the processor and the disk, which takes most of a second."""
    monkeypatch.setattr(probe, "cpu", lambda: 1.0)
    monkeypatch.setattr(probe, "disk", lambda folder: 1.0)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_the_configured_index_is_asked_with_its_login(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"http://user:pass%3Aword@{index}")
    found = probe.measure(tmp_path, fetches=True)
    assert found.network and found.network > 0 and found.cpu > 0 and found.disk
    assert list(tmp_path.iterdir()) == []


def test_the_login_is_not_sent_to_the_server_of_a_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Elsewhere, "logins", [])
    with serving(Elsewhere) as first, serving(Elsewhere) as second:
        assert probe.answers(f"http://user:word@127.0.0.1:{first}/{second}", {})
    assert Elsewhere.logins == ["Basic dXNlcjp3b3Jk", None]


def test_an_index_that_does_not_answer_is_not_waited_for(
    silent: str, short: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", silent)
    monkeypatch.setattr(probe, "NETWORK_SECONDS", 0.05)
    assert probe.measure(tmp_path, fetches=True).network is None


def test_nothing_is_asked_if_nothing_is_fetched(short: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("The network was used.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert probe.measure(tmp_path, fetches=False).network is None


def test_a_refusal_is_an_answer_and_silence_is_none(index: str, silent: str) -> None:
    assert probe.answers(f"http://{index}/", {})
    assert not probe.answers(silent, {}, seconds=0.1)
    assert not probe.answers("http://127.0.0.1:1/", {})


def test_the_index_in_pips_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://index.example/%20simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    assert probe.pip_setting("index-url", {}) == "https://index.example/%20simple"
    assert probe.pip_setting("index-url", {"PIP_INDEX_URL": "https://other.example/"}) == "https://other.example/"
    for broken in (b"not a configuration", b"\xff"):
        file.write_bytes(broken)
        probe.pip_setting("index-url", {})


@pytest.mark.parametrize("name", ["pip.conf", "none"])
def test_a_machine_without_a_package_index_does_not_ask_one(
    name: str, short: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nno-index = true\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / name))
    monkeypatch.setenv("PIP_NO_INDEX", "" if name == "pip.conf" else "1")
    monkeypatch.setattr(probe, "network", lambda *_: 1.0)
    assert probe.measure(tmp_path, fetches=True).network is None
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    assert probe.measure(tmp_path, fetches=True).network == 1.0


class Page(http.server.BaseHTTPRequestHandler):
    """A page of a few kilobytes, or an answer that breaks off."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        broken = self.path.startswith("/broken")
        self.send_header("Transfer-Encoding", "chunked") if broken else self.send_header("Content-Length", "5000")
        self.end_headers()
        self.wfile.write(b"ffff\r\nhalf" if broken else bytes(5000))
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


def test_a_page_that_is_too_small_says_nothing_about_the_speed() -> None:
    with serving(Page) as port:
        assert probe.network(f"http://127.0.0.1:{port}/", {}) is None


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("host", ["[", "127.0.0.1:port", "127.0.0.1 space", "a..b", "127.0.0.1:{port}/broken"])
def test_an_index_that_cannot_be_asked_gives_no_traceback(
    host: str, short: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Page) as port:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{host.format(port=port)}")
        assert probe.measure(tmp_path, fetches=True) == probe.Speed(1.0, 1.0)


def test_a_folder_that_cannot_be_written_to_has_no_speed(tmp_path: Path) -> None:
    assert probe.disk(tmp_path / "missing") is None
