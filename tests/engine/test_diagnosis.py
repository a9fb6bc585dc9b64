"""Which mend a container that never answered is given."""

from types import SimpleNamespace
from typing import Any

import pytest

from helpers.engine.diagnosis import has_exited, mend


@pytest.mark.parametrize(
    ("ports", "last", "words"),
    [
        ({8080: True}, "HTTP 404", "is the path right"),
        (None, "ProtocolError", "Is it still starting"),
        ({}, "ProtocolError", "Does it listen at all"),
        ({9090: True, 3000: True}, "ProtocolError", "port=3000, 9090"),
        ({8080: False}, "ProtocolError", "0.0.0.0:8080"),
        ({8080: True}, "ConnectTimeoutError", "where the engine runs"),
    ],
)
def test_each_cause_has_its_mend(ports: dict[int, bool] | None, last: str, words: str) -> None:
    assert words in mend(ports, 8080, last)


def dead(status: int, log: str = "", out_of_memory: bool = False) -> Any:
    state = {"ExitCode": status, "OOMKilled": out_of_memory}
    return SimpleNamespace(attrs={"State": state}, logs=lambda **_: log.encode())


@pytest.mark.parametrize(
    ("status", "words"), [(0, "foreground"), (133, "CGO_ENABLED=0"), (127, "not in the image"), (1, "last line above")]
)
def test_each_status_has_its_hint(status: int, words: str) -> None:
    error = has_exited(dead(status, "first\nlast\n"), "/health")
    assert f"status {status} before it answered /health" in error.message and "\nlast" in error.message
    assert words in error.mend


def test_lack_of_memory_comes_before_the_status() -> None:
    assert "memory" in has_exited(dead(137, out_of_memory=True), "/health").mend
    assert "memory" not in has_exited(dead(137), "/health").mend


def test_an_empty_log_is_said_to_be_empty() -> None:
    assert has_exited(dead(1), "/health").message.endswith("Its log is empty.")
