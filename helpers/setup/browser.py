"""A browser that runs without a window: a test opens the report in it."""

import os
import shutil
from pathlib import Path

from helpers.setup import consent, packages
from helpers.setup.errors import SetupError

_NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome", "microsoft-edge")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
BY_HAND = "install Google Chrome (https://www.google.com/chrome/) or Chromium, then give the same command again"


def find() -> str | None:
    """The path of a browser of Chromium's family; None where there is none. WORKBOOK_BROWSER names one elsewhere."""
    named = os.environ.get("WORKBOOK_BROWSER")
    found = [shutil.which(named)] if named else [shutil.which(name) for name in _NAMES]
    return next((path for path in found if path), str(_MAC) if _MAC.exists() else None)


def ready(yes: bool) -> str:
    """The path of a browser, installed where Debian's package may be.

    Raises SetupError where there is none and none may be installed. Ubuntu's package is a snap, not for us to set up.
    """
    there = find()
    if there:
        return there
    if not can_install():
        raise SetupError("The tests open the report in a browser, and none of Chromium's family is here.", BY_HAND)
    consent.ask("Install Chromium, in which a test opens the report.", yes, packages.by_hand(["chromium"]))
    packages.install(["chromium"])
    return find() or "chromium"


def can_install() -> bool:
    """Whether the system has a package of it that is not a snap."""
    return packages.can_install() and not _is_ubuntu()


def _is_ubuntu() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "ID=ubuntu" in release.read_text(encoding="utf-8").splitlines()
