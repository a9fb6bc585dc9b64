"""The engine's verdict on a container, as its account of the container changes."""

from typing import Any

import pytest

from helpers.engine.healthcheck import verdict_of


class Container:
    """A container whose health is what the engine says next; the last word stays."""

    def __init__(self, *verdicts: str | None) -> None:
        self._verdicts = list(verdicts)
        self.attrs: dict[str, Any] = {}
        self.asked = 0

    def reload(self) -> None:
        self.asked += 1
        verdict = self._verdicts.pop(0) if len(self._verdicts) > 1 else self._verdicts[0]
        self.attrs = {"State": {"Health": {"Status": verdict}} if verdict else {}}


def _verdict(container: Container, limit: float = 5.0) -> str | None:
    return verdict_of(container, limit)  # type: ignore[arg-type]


@pytest.mark.parametrize("verdict", ["healthy", "unhealthy"])
def test_the_engine_is_waited_for_until_it_has_decided(verdict: str) -> None:
    container = Container("starting", "starting", verdict)
    assert _verdict(container) == verdict
    assert container.asked == 3


@pytest.mark.parametrize("said", [None, "none"])
def test_without_a_healthcheck_there_is_no_verdict_and_no_wait(said: str | None) -> None:
    container = Container(said)
    assert _verdict(container) is None
    assert container.asked == 1


def test_an_engine_that_does_not_decide_is_not_waited_for_for_ever() -> None:
    assert _verdict(Container("starting"), limit=0.05) == "starting"
