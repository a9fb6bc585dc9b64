"""Finds or installs a Docker CLI with BuildKit. Only tests and benchmarks need it: they compare with its builds."""

import os
import re
import shutil
import subprocess

from helpers.core.errors import SetupError
from helpers.setup import consent, system_packages

_INSTALL_HINT = (
    "Install it with its buildx plugin (https://docs.docker.com/engine/install/), then run the same command again."
)
_BUILDX_IS_PLUGIN = 23  # from this version on, the CLI builds with BuildKit only through the buildx plugin


def find() -> str | None:
    """The path of the first `docker` command on PATH that builds with BuildKit, or None."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = (shutil.which("docker", path=folder) for folder in folders if folder)
    return next((command for command in found if command and _builds(command)), None)


def ready(yes: bool) -> None:
    """Make sure that there is one; installs it from the system's packages if needed.

    Raises SetupError if it is missing and cannot be installed.
    """
    if find():
        return
    if not system_packages.can_install():
        raise SetupError("This compares with the Docker CLI, and no `docker` with BuildKit was found.", _INSTALL_HINT)
    names = [*([] if shutil.which("docker") else ["docker-cli"]), "docker-buildx"]
    action = f"Install {' and '.join(names)}, which this compares with."
    consent.ask(action, yes, f"run: {system_packages.install_command(names)}")
    system_packages.install(names)


def _builds(command: str) -> bool:
    if _output(command, "buildx", "version"):
        return True
    version = re.search(r"version (\d+)\.", _output(command, "--version"))
    return version is not None and int(version[1]) < _BUILDX_IS_PLUGIN


def _output(*command: str) -> str:
    """What the command prints; "" if it fails or does not finish within 60 seconds."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
