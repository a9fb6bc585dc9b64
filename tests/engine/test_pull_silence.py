"""Several pulls at once from a fake engine: one may be silent while another talks, but not all of them."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event

import docker
import pytest

from helpers.engine import pull
from helpers.engine.pull import RegistryOutOfReach

WAIT = 0.3


class Answer(BaseHTTPRequestHandler):
    """An engine's answers about itself and to pulls."""

    server: "Engine"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b'{"Driver": "other"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if "silent" in self.path:
            self.server.ended.wait(30)
        elif "queued" in self.path:
            self.server.busy_is_done.wait(30)
            self.send_event("Pull complete")
        else:
            self.talk()
        self.wfile.write(b"0\r\n\r\n")

    def talk(self) -> None:
        for _ in range(12):
            self.send_event("Downloading")
            time.sleep(WAIT / 3)
        self.server.busy_is_done.set()

    def send_event(self, status: str) -> None:
        line = json.dumps({"id": "a", "status": status}).encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

    def log_message(self, *arguments: object) -> None:
        """Keeps the log out of the tests' output."""


class Engine(ThreadingHTTPServer):
    """Pulls "busy" for four times WAIT, then "queued"; never anything of "silent"."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.busy_is_done, self.ended = Event(), Event()


@contextmanager
def engine() -> Iterator[docker.DockerClient]:
    """A client of the fake engine."""
    server = Engine()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield docker.DockerClient(f"http://127.0.0.1:{server.server_port}", version="1.41")
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()


def test_a_pull_that_waits_for_another_one_is_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "WAIT", WAIT)
    details: list[str] = []

    with engine() as client:
        pull.pull(client, ["busy", "queued"], lambda step: details.append(step.what), {})

    assert len(details) == 13


def test_silence_of_all_pulls_names_those_that_are_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "WAIT", WAIT)

    with engine() as client, pytest.raises(RegistryOutOfReach, match=r"^silent could not be pulled: .* not answer"):
        pull.pull(client, ["silent", "busy"], lambda step: None, {})
