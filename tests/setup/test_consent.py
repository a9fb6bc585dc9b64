"""Leave to change the machine."""

import os
import sys

import pytest

from helpers.setup import consent
from helpers.setup.consent import ask, ask_apart, leave
from helpers.setup.errors import SetupError


@pytest.fixture(autouse=True)
def nothing_agreed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent, "_given", set())


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
    assert caught.value.hint == "add --yes, or type: apt-get install docker.io"
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


def test_what_was_agreed_to_is_not_asked_again_after_starting_over(terminal: pytest.MonkeyPatch) -> None:
    terminal.setattr("builtins.input", lambda prompt: "y")
    ask("Start an engine.", False, "")
    terminal.setattr("builtins.input", lambda prompt: pytest.fail(f"asked again: {prompt}"))
    ask("Start an engine.", False, "")
    terminal.setenv(*consent.handed_over().popitem())
    terminal.setattr(consent, "_given", set())
    ask("Start an engine.", False, "")
    assert "WORKBOOK_AGREED" not in os.environ  # no command that this one starts has it


def test_what_was_not_agreed_to_is_asked_all_the_same(terminal: pytest.MonkeyPatch) -> None:
    assert consent.handed_over() == {}
    terminal.setenv("WORKBOOK_AGREED", '["Start an engine."]')
    terminal.setattr("builtins.input", lambda prompt: "n")
    with pytest.raises(SetupError, match="you said no"):
        ask("Install an engine.", False, "")


def test_yes_is_not_enough_for_what_it_does_not_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(SetupError) as caught:
        ask_apart("Remove a package.", "type: apt-get install it")
    assert caught.value.message == "This needs your consent: Remove a package."
    assert caught.value.hint == "type: apt-get install it"


def test_a_terminal_may_allow_it(terminal: pytest.MonkeyPatch) -> None:
    terminal.setattr("builtins.input", lambda prompt: "y")
    ask_apart("Remove a package.", "")


def test_who_asks_later_gets_the_same_leave(terminal: pytest.MonkeyPatch) -> None:
    terminal.setattr("builtins.input", lambda prompt: "y")
    question = leave(False)
    assert leave(True) is True
    assert callable(question)
    assert question("Make stand-ins.") is True


def test_without_anybody_there_the_leave_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert leave(False) is False
