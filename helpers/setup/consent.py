"""Leave to change the machine: given by --yes, or asked on a terminal, and never taken."""

import sys

from helpers.setup.errors import SetupError

_YES = {"y", "yes"}


def ask(deed: str, yes: bool, by_hand: str) -> None:
    """Return where the deed is allowed.

    Raises SetupError, with the line to type, where it is refused or nobody can be asked.
    """
    if yes:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        if input(f"{deed} [y/N] ").strip().lower() in _YES:
            return
        raise SetupError(f"Not done, as you said no: {deed}", by_hand)
    raise SetupError(f"This needs your consent: {deed}", f"add --yes, or {by_hand}")
