"""The engine's verdict on a container, whose reported health changes over time."""

from typing import Any

import pytest

from helpers.engine.health import verdict_of


class Container:
    """A container that reports these health states in turn; the last one is repeated."""

    def __init__(self, *verdicts: str | None) -> None:
        self._verdicts = list(verdicts)
        self.attrs: dict[str, Any] = {}
        self.reloads = 0

    def reload(self) -> None:
        self.reloads += 1
        verdict = self._verdicts.pop(0) if len(self._verdicts) > 1 else self._verdicts[0]
        self.attrs = {"State": {"Health": {"Status": verdict}} if verdict else {}}


def _verdict(container: Container, limit: float = 5.0) -> str | None:
    return verdict_of(container, limit)  # type: ignore[arg-type]


@pytest.mark.parametrize("verdict", ["healthy", "unhealthy"])
def test_it_waits_for_the_verdict(verdict: str) -> None:
    container = Container("starting", "starting", verdict)
    assert _verdict(container) == verdict
    assert container.reloads == 3


@pytest.mark.parametrize("status", [None, "none"])
def test_without_a_healthcheck_there_is_no_verdict_and_no_wait(status: str | None) -> None:
    container = Container(status)
    assert _verdict(container) is None
    assert container.reloads == 1


def test_it_waits_only_up_to_the_limit() -> None:
    assert _verdict(Container("starting"), limit=0.05) == "starting"
