"""Leave to change the machine: given by --yes, or asked on a terminal, and never taken."""

import sys
from collections.abc import Callable

from helpers.setup.errors import SetupError

_YES = {"y", "yes"}


def ask(deed: str, yes: bool, by_hand: str) -> None:
    """Return where the deed is allowed.

    Raises SetupError, with the line to type, where it is refused or nobody can be asked.
    """
    if yes:
        return
    if not _somebody_is_there():
        raise SetupError(f"This needs your consent: {deed}", f"add --yes, or {by_hand}")
    if not _agrees(deed):
        raise SetupError(f"Not done, as you said no: {deed}", by_hand)


def leave(yes: bool) -> bool | Callable[[str], bool]:
    """The same leave for those who ask later: given, a question to put to the terminal, or refused."""
    return yes or (_agrees if _somebody_is_there() else False)


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _agrees(deed: str) -> bool:
    return input(f"{deed} [y/N] ").strip().lower() in _YES
