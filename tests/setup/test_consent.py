"""Tests that ask for consent before the machine is changed."""

import os
import sys

import pytest

from helpers.core.errors import SetupError
from helpers.setup import consent
from helpers.setup.consent import ask, ask_despite_yes, permission


@pytest.fixture(autouse=True)
def no_consent_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent, "given", set())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    return monkeypatch


def test_yes_is_enough(terminal: pytest.MonkeyPatch) -> None:
    terminal.setattr("builtins.input", lambda prompt: pytest.fail(f"asked: {prompt}"))
    ask("Install an engine.", True, "run: apt-get install docker.io")


def test_without_a_terminal_the_hint_has_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(SetupError) as caught:
        ask("Install an engine.", False, "run: apt-get install docker.io")
    assert "consent" in caught.value.message
    assert caught.value.hint == "Add --yes, or run: apt-get install docker.io"
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("answer", ["y", "Y", " yes "])
def test_a_terminal_is_asked(terminal: pytest.MonkeyPatch, answer: str) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return answer

    terminal.setattr("builtins.input", typed)
    ask("Install an engine.", False, "")
    assert asked == ["Install an engine. [y/N] "]


@pytest.mark.parametrize("answer", ["", "n", "later"])
def test_anything_but_yes_is_no(terminal: pytest.MonkeyPatch, answer: str) -> None:
    terminal.setattr("builtins.input", lambda prompt: answer)
    with pytest.raises(SetupError, match="you answered no"):
        ask("Install an engine.", False, "")


def test_consent_survives_the_restart_as_root(terminal: pytest.MonkeyPatch) -> None:
    terminal.setattr("builtins.input", lambda prompt: "y")
    ask("Start an engine.", False, "")
    terminal.setattr("builtins.input", lambda prompt: pytest.fail(f"asked again: {prompt}"))
    ask("Start an engine.", False, "")
    terminal.setenv(*consent.handed_over().popitem())
    terminal.setattr(consent, "given", set())
    ask("Start an engine.", False, "")
    assert "WORKBOOK_AGREED" not in os.environ  # child processes do not inherit it


def test_passed_on_consent_covers_no_other_action(terminal: pytest.MonkeyPatch) -> None:
    assert consent.handed_over() == {}
    terminal.setenv("WORKBOOK_AGREED", '["Start an engine."]')
    terminal.setattr("builtins.input", lambda prompt: "n")
    with pytest.raises(SetupError, match="you answered no"):
        ask("Install an engine.", False, "")


def test_some_actions_need_a_terminal_even_with_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(SetupError) as caught:
        ask_despite_yes("Remove a package.", "run: apt-get install it")
    assert caught.value.message == "This needs your consent: Remove a package."
    assert caught.value.hint == "Run: apt-get install it"


def test_a_terminal_can_allow_them(terminal: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return "y"

    terminal.setattr("builtins.input", typed)
    ask_despite_yes("Remove a package.", "")
    assert asked == ["Remove a package. [y/N] "]


def test_permission_asks_later_on_the_terminal(terminal: pytest.MonkeyPatch) -> None:
    terminal.setattr("builtins.input", lambda prompt: "y")
    question = permission(False)
    assert permission(True) is True
    assert callable(question)
    assert question("Make stand-ins.") is True


def test_permission_without_a_terminal_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert permission(False) is False
