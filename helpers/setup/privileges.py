"""Runs commands as root through sudo, and gives the files that root created back to their owner."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from helpers.setup import client_settings, consent
from helpers.setup.command import run
from helpers.setup.errors import SetupError
from helpers.setup.folders import PROJECT

_KEPT = ("proxy", "pip_", "docker_", "buildkit_", "workbook_", "gopro", "gonosum", "gosum", "ssl_cert", "requests_ca")
_KEPT_WHOLE = {"LANG", "LC_ALL", "TERM", "CI", "NO_COLOR", "COLUMNS"}


def is_root() -> bool:
    """Whether this process runs as root; always True on a system without user IDs, such as Windows."""
    return not hasattr(os, "geteuid") or os.geteuid() == 0


def sudo() -> str:
    """The prefix of a command that needs root: "sudo ", or "" if the user is root."""
    return "" if is_root() else "sudo "


def may_sudo() -> bool:
    """Whether sudo is installed and needs no password now."""
    if not shutil.which("sudo"):
        return False
    return run(["sudo", "-n", "true"]).returncode == 0


def as_root(command: Sequence[str]) -> list[str]:
    """The command, with sudo in front if needed.

    Raises SetupError if the user is not root and sudo is missing or needs a password.
    """
    if is_root():
        return list(command)
    if may_sudo():
        return ["sudo", "-n", *command]
    raise SetupError(f"This command needs root: {' '.join(command)}", _root_hint(command))


def go_on_as_root(arguments: Sequence[str], reason: str) -> None:
    """Restart the command as root through sudo, for this run only; does not return.

    Root has another home folder, so the selected engine, the client settings and the consent are passed on.
    Raises SetupError if sudo is missing or needs a password, or the settings cannot be passed on.
    """
    command = [sys.executable, "-m", "helpers", *arguments]
    if not may_sudo():
        raise SetupError(reason, _root_hint(["python3", "-m", "helpers", *arguments]))
    print(f"{reason} Continuing with sudo for this run; your groups are not changed.", flush=True)
    environment = {**os.environ, **client_settings.for_root(), **consent.handed_over()}
    kept = ",".join(sorted(_kept(environment)))
    os.execvpe("sudo", ["sudo", "-n", "-H", f"--preserve-env={kept}", *command], environment)


def give_back(folder: Path = PROJECT) -> None:
    """Give the files that root created in the folder to the folder's owner, unless that is root."""
    user, group = owner(folder)
    if user == 0 or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    for path in _everything(folder):
        if owner(path)[0] == 0:
            os.chown(path, user, group, follow_symlinks=False)


def owner(path: Path) -> tuple[int, int]:
    """The user ID and group ID of a file; for a symbolic link, those of the link itself."""
    found = path.lstat()
    return found.st_uid, found.st_gid


def _everything(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        yield from (Path(root, name) for name in (*folders, *files))


def _kept(environment: Mapping[str, str]) -> set[str]:
    return {name for name in environment if name in _KEPT_WHOLE or any(part in name.lower() for part in _KEPT)}


def _root_hint(command: Sequence[str]) -> str:
    line = " ".join(command)
    if shutil.which("sudo"):
        return f"Run `sudo -v`, then run the same command again; or run: sudo {line}"
    return f"Run as root: {line}"
