"""Asks for the user's consent before the machine is changed: --yes gives it, otherwise the terminal is asked."""

import json
import os
import sys
from collections.abc import Callable

from helpers.core.errors import SetupError

_YES = {"y", "yes"}
_HANDED_OVER = "WORKBOOK_AGREED"
given: set[str] = set()


def ask(action: str, yes: bool, instead: str) -> None:
    """Return if the user consents to the action, a sentence such as "Install Chromium." Asks once per command.

    `instead` says what the user can do instead, as an imperative that starts in lower case: "run: apt-get install x".
    Raises SetupError with that hint if the user refuses, or if there is no terminal to ask on.
    """
    given.update(json.loads(os.environ.pop(_HANDED_OVER, "[]")))
    if not yes and action not in given:
        _ask(action, f"Add --yes, or {instead}", _capitalized(instead))
        given.add(action)


def ask_despite_yes(action: str, instead: str) -> None:
    """Return if the user consents on the terminal to an action that --yes does not cover.

    Raises SetupError with `instead` as its hint if the user refuses, or if there is no terminal to ask on.
    """
    _ask(action, _capitalized(instead), _capitalized(instead))


def handed_over() -> dict[str, str]:
    """The environment variable that passes the consent given so far to the same command, restarted as root."""
    return {_HANDED_OVER: json.dumps(sorted(given))} if given else {}


def permission(yes: bool) -> bool | Callable[[str], bool]:
    """Consent for code that asks later: True if given, a function that asks on the terminal, or False without one."""
    return yes or (_agrees if is_interactive() else False)


def _ask(action: str, hint_if_unasked: str, hint_if_refused: str) -> None:
    if not is_interactive():
        raise SetupError(f"This needs your consent: {action}", hint_if_unasked)
    if not _agrees(action):
        raise SetupError(f"Skipped because you answered no: {action}", hint_if_refused)


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def is_interactive() -> bool:
    """Whether there is a terminal on which the user can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _agrees(action: str) -> bool:
    return input(f"{action} [y/N] ").strip().lower() in _YES
