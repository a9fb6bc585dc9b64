"""Installs the packages of a lock file, each checked against its hash: with uv, or with pip where uv can't do it."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from helpers.core.errors import SetupError
from helpers.core.paths import INSTALLER_LOCK, PROJECT
from helpers.setup import pip_settings, privileges, requirements_lock
from helpers.setup.pip_settings import NOT_FOR_USER, UvSettings
from helpers.setup.subprocesses import Status, follow

_PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar", "off")
_AS_LOCKED = ("--no-deps", "--require-hashes", "-r")
_COLLECTING = re.compile(r"^Collecting (?P<name>[^=<>\s]+)")
_DOWNLOADING = re.compile(r"^Downloading (?P<name>\S+ \(.+\))")
_UV_FOLDER = "installer-"
_UNREACHABLE = "connection broken by"  # in what pip says before each new try
_NETWORK = (
    "Check the network and pip's settings for the index, the proxy and certificates (`python3 -m pip config list`), "
    "then run the same command again."
)


class _NotWithUvError(Exception):
    """The reason why uv can't install the packages, and whether it may have installed parts of them."""

    def __init__(self, reason: str, has_begun: bool = False) -> None:
        self.has_begun = has_begun
        super().__init__(reason)


def install(python: Path, lock: Path, before_change: Callable[[], None] = lambda: None) -> None:
    """Install the lock's packages into the environment of that Python, with pip's settings; say how it goes.

    uv is fetched for that, and isn't left in the environment. If it can't do it, pip does, and a line says why.
    `before_change` is called before uv or pip may change the environment's packages: not if uv can't be fetched.
    Raises SetupError if the package index can't be reached, or if pip fails too.
    """
    status = Status("Python packages", total=3)
    try:
        _with_uv(python, lock, status, before_change)
    except _NotWithUvError as reason:
        status.clear()
        print(f"Python packages: pip installs them instead of uv, which takes longer: {reason}.", flush=True)
        before_change()
        _with_pip(python, lock, status, reinstall=reason.has_begun)
    status.close(f"those of {lock.name} are installed")


def _with_uv(python: Path, lock: Path, status: Status, before_change: Callable[[], None]) -> None:
    settings = pip_settings.for_uv(pip_settings.read(python))
    if settings.without_equivalent:
        raise _NotWithUvError(f"uv has no equivalent of pip's setting {', '.join(settings.without_equivalent)}")
    # in the environment, since programs can't always be run in the folder for temporary files
    environment = python.parents[1]
    for left in environment.glob(f"{_UV_FOLDER}*"):  # by a command that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_UV_FOLDER, dir=environment) as folder:
        status.show("fetching uv", 1)
        uv = _fetched(python, Path(folder), status)
        before_change()
        status.show("downloading", 2)
        _run_uv([uv, "pip", "install", *_options(python), *settings.options, *_AS_LOCKED, str(lock)], settings, status)


def _options(python: Path) -> Sequence[str]:
    """The options for each installation; without a cache if root would leave it in another user's folders.

    uv links its cache and the environment to the same files, which then get the owner of the project.
    """
    folders = [folder for folder in (PROJECT, Path.home()) if folder.exists()]
    foreign = privileges.is_root() and any(privileges.owner(folder)[0] for folder in folders)
    return ("--no-config", "--color", "never", "--python", str(python), *(["--no-cache"] if foreign else []))


def _fetched(python: Path, folder: Path, status: Status) -> str:
    """The program uv, fetched into the folder by pip."""
    command = [str(python), *_PIP, "--only-binary", ":all:", "--target", str(folder), *_AS_LOCKED, str(INSTALLER_LOCK)]
    try:
        follow(command, status, lambda _line, shown: shown.tick(), dict(NOT_FOR_USER), _NETWORK)
    except SetupError as error:
        if _UNREACHABLE in error.message:  # pip wouldn't reach it for the other packages either
            raise
        raise _NotWithUvError(f"uv could not be fetched ({error.message.splitlines()[-1].strip()})") from error
    program = shutil.which("uv", path=os.pathsep.join(str(folder / scripts) for scripts in ("bin", "Scripts")))
    if program is None:
        raise _NotWithUvError("the package of uv contains no program for this system")
    return program


def _run_uv(command: Sequence[str], settings: UvSettings, status: Status) -> None:
    lines: list[str] = []

    def hear(line: str, shown: Status) -> None:
        lines.append(line.strip())
        _hear_uv(line, shown)

    try:
        follow(command, status, hear, environment=dict(settings.environment))
    except SetupError as error:
        said = [line for line in lines if line.startswith(("error:", "cause:"))] or error.message.splitlines()
        reason = settings.hide("; ".join(dict.fromkeys([said[0], said[-1]])))
        raise _NotWithUvError(f"uv failed ({reason})", has_begun=True) from error


def _hear_uv(line: str, status: Status) -> None:
    found = _DOWNLOADING.search(line)
    if found:
        status.show(f"downloading {found['name']}", 2)
    elif line.startswith("Prepared"):
        status.show("installing them", 3)


def _with_pip(python: Path, lock: Path, status: Status, reinstall: bool) -> None:
    """Without compiling each module, which takes pip as long as the rest: Python compiles those that it imports."""
    names = [*requirements_lock.pinned(lock, everywhere=False)]
    options = ("--no-compile", *(["--force-reinstall"] if reinstall else []))
    command = [str(python), *_PIP, *options, *_AS_LOCKED, str(lock)]
    follow(command, status, lambda line, shown: _hear_pip(line, shown, names), dict(NOT_FOR_USER), _NETWORK)


def _hear_pip(line: str, status: Status, names: Sequence[str]) -> None:
    found = _COLLECTING.search(line)
    if line.startswith("Installing collected packages"):
        status.show("unpacking them", len(names), len(names))
    elif found and found["name"] in names:
        status.show(found["name"], names.index(found["name"]) + 1, len(names))
