"""Finds or installs a headless browser, which a test uses to open the report."""

import os
import shutil
from pathlib import Path

from helpers.core.errors import SetupError
from helpers.setup import consent, system_packages

_NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome", "microsoft-edge")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
INSTALL_HINT = "Install Google Chrome (https://www.google.com/chrome/) or Chromium, then run the same command again."


def find() -> str | None:
    """The path of a Chromium-based browser, or None. WORKBOOK_BROWSER can name one that is not on the list."""
    named = os.environ.get("WORKBOOK_BROWSER")
    found = [shutil.which(named)] if named else [shutil.which(name) for name in _NAMES]
    return next((path for path in found if path), str(MAC) if MAC.exists() else None)


def ready(yes: bool) -> str:
    """The path of a browser; installs Debian's package if needed.

    Raises SetupError if there is no browser and none can be installed. Ubuntu's package is a snap, which the course
    does not set up.
    """
    found = find()
    if found:
        return found
    if not can_install():
        raise SetupError("The tests open the report in a Chromium-based browser, and none was found.", INSTALL_HINT)
    instead = f"run: {system_packages.install_command(['chromium'])}"
    consent.ask("Install Chromium, which a test uses to open the report.", yes, instead)
    system_packages.install(["chromium"])
    return find() or "chromium"


def can_install() -> bool:
    """Whether the system has a Chromium package that is not a snap."""
    return system_packages.can_install() and not is_ubuntu()


def is_ubuntu() -> bool:
    """Whether this is Ubuntu, whose package of Chromium only installs a snap."""
    release = Path("/etc/os-release")
    return release.exists() and "ID=ubuntu" in release.read_text(encoding="utf-8").splitlines()
