"""Leave to change the machine."""

import sys

import pytest

from helpers.setup.consent import ask, leave
from helpers.setup.errors import SetupError


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    return monkeypatch


def test_yes_is_enough() -> None:
    ask("Install an engine.", True, "type: apt-get install docker.io")


def test_where_nobody_can_be_asked_the_line_to_type_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(SetupError) as caught:
        ask("Install an engine.", False, "type: apt-get install docker.io")
    assert "consent" in caught.value.message
    assert caught.value.mend == "add --yes, or type: apt-get install docker.io"
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("answer", ["y", "Y", " yes "])
def test_a_terminal_is_asked(terminal: pytest.MonkeyPatch, answer: str) -> None:
    asked: list[str] = []
    terminal.setattr("builtins.input", lambda prompt: asked.append(prompt) or answer)
    ask("Install an engine.", False, "")
    assert asked == ["Install an engine. [y/N] "]


@pytest.mark.parametrize("answer", ["", "n", "later"])
def test_anything_but_yes_is_no(terminal: pytest.MonkeyPatch, answer: str) -> None:
    terminal.setattr("builtins.input", lambda prompt: answer)
    with pytest.raises(SetupError, match="you said no"):
        ask("Install an engine.", False, "")


def test_who_asks_later_gets_the_same_leave(terminal: pytest.MonkeyPatch) -> None:
    terminal.setattr("builtins.input", lambda prompt: "y")
    question = leave(False)
    assert leave(True) is True
    assert callable(question)
    assert question("Make stand-ins.") is True


def test_without_anybody_there_the_leave_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert leave(False) is False
