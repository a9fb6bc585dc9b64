"""Leave to change the machine: given by --yes, or asked on a terminal, and never taken."""

import json
import os
import sys
from collections.abc import Callable

from helpers.setup.errors import SetupError

_YES = {"y", "yes"}
_HANDED_OVER = "WORKBOOK_AGREED"
_given: set[str] = set()


def ask(deed: str, yes: bool, by_hand: str) -> None:
    """Return where the deed is allowed. What was agreed to once in a command is not asked again.

    Raises SetupError, with the line to type, where it is refused or nobody can be asked.
    """
    _given.update(json.loads(os.environ.pop(_HANDED_OVER, "[]")))
    if not yes and deed not in _given:
        _ask(deed, f"add --yes, or {by_hand}", by_hand)
        _given.add(deed)


def ask_apart(deed: str, by_hand: str) -> None:
    """Return where somebody at a terminal allows the deed: one that --yes does not cover.

    Raises SetupError, with the line to type, where it is refused or nobody can be asked.
    """
    _ask(deed, by_hand, by_hand)


def handed_over() -> dict[str, str]:
    """The variable that tells the same command, started over as root, what was agreed to already."""
    return {_HANDED_OVER: json.dumps(sorted(_given))} if _given else {}


def leave(yes: bool) -> bool | Callable[[str], bool]:
    """The same leave for those who ask later: given, a question to put to the terminal, or refused."""
    return yes or (_agrees if _somebody_is_there() else False)


def _ask(deed: str, unasked: str, refused: str) -> None:
    if not _somebody_is_there():
        raise SetupError(f"This needs your consent: {deed}", unasked)
    if not _agrees(deed):
        raise SetupError(f"Not done, as you said no: {deed}", refused)


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _agrees(deed: str) -> bool:
    return input(f"{deed} [y/N] ").strip().lower() in _YES
