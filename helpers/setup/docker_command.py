"""The `docker` command line with BuildKit, which tests and benchmarks alone need: they compare with its builds."""

import os
import re
import shutil
import subprocess

from helpers.setup import consent, packages
from helpers.setup.errors import SetupError

_BY_HAND = (
    "install it with its buildx plugin (https://docs.docker.com/engine/install/), then give the same command again"
)
_BUILDX_APART = 23  # since this version the command line builds with BuildKit through the plugin alone


def find() -> str | None:
    """The path of a `docker` command that builds with BuildKit; None where there is none."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = (shutil.which("docker", path=folder) for folder in folders if folder)
    return next((command for command in found if command and _builds(command)), None)


def ready(yes: bool) -> None:
    """Return where there is one, installed from the system's packages where it may be.

    Raises SetupError where there is none.
    """
    if find():
        return
    if not packages.can_install():
        raise SetupError("This compares with the `docker` command line, and none with BuildKit is here.", _BY_HAND)
    names = [*([] if shutil.which("docker") else ["docker-cli"]), "docker-buildx"]
    consent.ask(f"Install {' and '.join(names)}, with which this compares.", yes, packages.by_hand(names))
    packages.install(names)


def _builds(command: str) -> bool:
    if _output(command, "buildx", "version"):
        return True
    version = re.search(r"version (\d+)\.", _output(command, "--version"))
    return version is not None and int(version[1]) < _BUILDX_APART


def _output(*command: str) -> str:
    """What the command prints; "" where it fails or does not end."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
