"""The hints for containers that never responded with 200."""

import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Self, cast

import pytest
from docker.models.containers import Container

from helpers.engine.diagnosis import exited_error, hint


@pytest.mark.parametrize(
    ("ports", "last", "words"),
    [
        ({8080: True}, "HTTP 404", "Check the path"),
        ({8080: True}, "HTTP 302 to /login", "aren't followed"),
        ({8080: True}, "HTTP 500", "Check its log"),
        ({8080: True}, "HTTP 200, but no complete response within 10 s", "complete 200"),
        (None, "ProtocolError", "still starting"),
        ({}, "ProtocolError", "listens at all"),
        ({9090: True, 3000: True}, "ProtocolError", "port=3000, 9090"),
        ({8080: False}, "ProtocolError", "0.0.0.0:8080"),
        ({8080: True}, "ConnectTimeoutError", "WORKBOOK_PUBLISH=none"),
    ],
)
def test_each_cause_has_its_hint(ports: dict[int, bool] | None, last: str, words: str) -> None:
    assert words in hint(ports, 8080, last)


class Log:
    """An engine's response with a container's log, as one frame of stdout."""

    def __init__(self, text: str) -> None:
        self._frame = struct.pack(">BxxxL", 1, len(text)) + text.encode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was opened."""

    def iter_content(self, size: int) -> Iterator[bytes]:
        yield from (self._frame[start : start + size] for start in range(0, len(self._frame), size))


def dead(status: int, log: str = "", out_of_memory: bool = False, memory: int = 0) -> Container:
    state = {"ExitCode": status, "OOMKilled": out_of_memory}
    api = SimpleNamespace(_get=lambda *_, **__: Log(log), _url=str.format, _raise_for_status=lambda _: None)
    attrs = {"State": state, "HostConfig": {"Memory": memory}}
    return cast(Container, SimpleNamespace(id="dead", attrs=attrs, client=SimpleNamespace(api=api)))


@pytest.mark.parametrize(
    ("status", "words"), [(0, "foreground"), (133, "CGO_ENABLED=0"), (127, "not in the image"), (1, "last line above")]
)
def test_each_status_has_its_hint(status: int, words: str) -> None:
    error = exited_error(dead(status, "first\nlast\n"), "/health")
    assert f"status {status} before it responded to /health" in error.message and "\nlast" in error.message
    assert words in error.hint


def test_out_of_memory_takes_precedence_over_the_status() -> None:
    assert "memory" in exited_error(dead(137, out_of_memory=True), "/health").hint
    assert "memory" not in exited_error(dead(137), "/health").hint
    limited = exited_error(dead(137, out_of_memory=True, memory=64 * 2**20), "/health").hint
    assert "its limit is 64 MiB" in limited and "run(memory=…)" in limited


def test_an_empty_log_is_mentioned() -> None:
    assert exited_error(dead(1), "/health").message.endswith("Its log is empty.")
