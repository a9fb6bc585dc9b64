"""What needs root: running through sudo with the same Docker client settings, and giving files back to their owner."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from helpers.core import endpoint
from helpers.core.errors import SetupError
from helpers.core.paths import CACHE, NOTES, PROJECT, cache_folder
from helpers.setup import consent, handover
from helpers.setup.subprocesses import run

_READ = ("config.json", "contexts", "cli-plugins")  # contexts has the TLS material too


def for_root() -> dict[str, str]:
    """Environment variables with which a root process uses the engine and the cache folder of the user's process.

    Raises SetupError if the selected context does not exist or the folder for root cannot be created.
    """
    variables = {"DOCKER_CONFIG": str(_folder_for_root()), CACHE: str(cache_folder())}
    if not os.environ.get("DOCKER_HOST"):
        variables["DOCKER_CONTEXT"] = endpoint.context()  # set even if "default", or root's own settings would decide
    if os.environ.get("DOCKER_TLS_VERIFY") and not os.environ.get("DOCKER_CERT_PATH"):
        variables["DOCKER_CERT_PATH"] = str(Path.home() / ".docker")  # where the Docker SDK looks
    return variables


def _folder_for_root() -> Path:
    """A folder of links to the settings that root reads; root's `docker` then writes nothing into the user's folder."""
    folder = NOTES / "docker"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _READ:
            _link(folder / name, endpoint.folder() / name)
    except OSError as error:
        raise SetupError(
            f"The Docker client's settings could not be passed to root: {error.strerror}: {error.filename}.",
            f"Check who owns {NOTES}: a run that was killed can leave files there that belong to root.",
        ) from error
    return folder


def _link(link: Path, target: Path) -> None:
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    if target.exists():
        link.symlink_to(target.resolve())
    elif link.name == "config.json":  # without one, the Docker SDK would read root's
        link.write_text("{}\n", encoding="utf-8")


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

    Root has another home folder, so the selected engine, the client settings, the consent and the plan are passed on.
    Raises SetupError if sudo is missing or needs a password, or the settings cannot be passed on.
    """
    command = [sys.executable, "-m", "helpers", *arguments]
    if not may_sudo():
        raise SetupError(reason, _root_hint(["python3", "-m", "helpers", *arguments]))
    print(f"{reason} Continuing with sudo for this run; your groups are not changed.", flush=True)
    with suppress(OSError):  # root creates it then, in a folder that isn't the user's either
        cache_folder().mkdir(parents=True, exist_ok=True)  # the user's, so what root adds is given back to the user
    environment = {**os.environ, **for_root(), **consent.handed_over(), **handover.variables()}
    kept = ",".join(sorted(_kept(environment)))
    os.execvpe("sudo", ["sudo", "-n", "-H", f"--preserve-env={kept}", *command], environment)


def give_back(folder: Path = PROJECT) -> None:
    """Give the files that root created in the folder to the folder's owner, unless that is root."""
    if not folder.exists():
        return
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
