"""What needs root: going on through sudo for this run, and giving the files back to their owner afterwards."""

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
    """Whether this process may do everything; a system without users counts as one where it may."""
    return not hasattr(os, "geteuid") or os.geteuid() == 0


def sudo() -> str:
    """What a line begins with that somebody types and that needs root: "sudo ", or "" for root."""
    return "" if is_root() else "sudo "


def may_sudo() -> bool:
    """Whether sudo is there and asks for no password now."""
    if not shutil.which("sudo"):
        return False
    return run(["sudo", "-n", "true"]).returncode == 0


def as_root(command: Sequence[str]) -> list[str]:
    """The command in the form that runs as root from here.

    Raises SetupError where neither root nor sudo is at hand.
    """
    if is_root():
        return list(command)
    if may_sudo():
        return ["sudo", "-n", *command]
    raise SetupError(f"Only root may do this here: {' '.join(command)}", _way_to_root(command))


def go_on_as_root(arguments: Sequence[str], reason: str) -> None:
    """Start over as root, through sudo, for this run alone: it does not return.

    Root has another home, so the engine that is meant, the client's settings and what was agreed to are handed over.
    Raises SetupError where sudo is not at hand, or the settings cannot be handed over.
    """
    command = [sys.executable, "-m", "helpers", *arguments]
    if not may_sudo():
        raise SetupError(reason, _way_to_root(["python3", "-m", "helpers", *arguments]))
    print(f"{reason} Going on through sudo for this run; no group is changed.", flush=True)
    environment = {**os.environ, **client_settings.for_root(), **consent.handed_over()}
    kept = ",".join(sorted(_kept(environment)))
    os.execvpe("sudo", ["sudo", "-n", "-H", f"--preserve-env={kept}", *command], environment)


def give_back(folder: Path = PROJECT) -> None:
    """Give what root made in the folder to the folder's owner, where that is somebody else."""
    user, group = owner(folder)
    if user == 0 or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    for path in _everything(folder):
        if owner(path)[0] == 0:
            os.chown(path, user, group, follow_symlinks=False)


def owner(path: Path) -> tuple[int, int]:
    """The numbers of the user and the group that a file, or a link itself, belongs to."""
    found = path.lstat()
    return found.st_uid, found.st_gid


def _everything(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        yield from (Path(root, name) for name in (*folders, *files))


def _kept(environment: Mapping[str, str]) -> set[str]:
    return {name for name in environment if name in _KEPT_WHOLE or any(part in name.lower() for part in _KEPT)}


def _way_to_root(command: Sequence[str]) -> str:
    line = " ".join(command)
    if shutil.which("sudo"):
        return f"type `sudo -v`, then the same command again; or have it done for you: sudo {line}"
    return f"as root: {line}"
