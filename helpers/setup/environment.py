"""The Python environment: the one at work where it holds the locked packages, else the project's own `.venv`."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from helpers.core.errors import SetupError
from helpers.core.paths import LOCK, VENV, in_own_venv, venv_python
from helpers.setup import consent, disk, own_packages, requirements_lock, system_packages
from helpers.setup.subprocesses import Status, follow, run

# Measured 2026-11 on Linux: what pip fetched, what .venv then held, and how long it took on two cores.
_FETCHED = 108_000_000
_ON_DISK = 495_000_000
_MINUTES = 1
_VENV_SECONDS = 600.0  # it unpacks pip, which took 3 s
_PIP = ["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar", "off"]
_AS_LOCKED = ["--no-deps", "--require-hashes", "-r", str(LOCK)]
_STAMP = VENV / ".workbook-lock"
_UNFINISHED = VENV / ".workbook-unfinished"
_COLLECTING = re.compile(r"^Collecting (?P<name>[^=<>\s]+)")
_NETWORK = "look at the network and the proxy (HTTPS_PROXY, PIP_INDEX_URL), then give the same command again"


def enter(arguments: Sequence[str], yes: bool, install: bool = True) -> None:
    """Continue in an environment that has the locked packages: return if this is one, else start over in `.venv`.

    Without `install`, the environment is left as it is, and this process alone can import the project's own packages.
    """
    if not is_ready():
        make(yes)
    if in_own_venv() or is_held_here():
        if install:
            own_packages.ensure()
        own_packages.make_importable()
        return
    _start_over([str(venv_python()), "-m", "helpers", *arguments])


def is_ready() -> bool:
    """Whether some environment here holds the locked packages: the one at work, or `.venv`."""
    return _stamped() or is_held_here()


def is_held_here() -> bool:
    """Whether the running interpreter has the locked packages itself, however they were installed."""
    return requirements_lock.is_held() and not (in_own_venv() and _UNFINISHED.exists())


def make(yes: bool) -> None:
    """Make `.venv` from the lock; what an interrupted attempt left is made anew.

    Raises SetupError where the machine's Python cannot make one, the disk is short, or pip fails.
    """
    _require_venv(yes)
    disk.require(VENV, _ON_DISK + _FETCHED, "The Python environment")
    print(
        f"Python environment: the packages of {LOCK.name} into {VENV.name}, about {_FETCHED / 1e6:.0f} MB to fetch, "
        f"{_ON_DISK / 1e6:.0f} MB on disk, about {_MINUTES} minute on two cores.",
        flush=True,
    )
    _create()
    _install()
    _UNFINISHED.unlink()
    _STAMP.write_text(_stamp(), encoding="utf-8")


def venv_package() -> str:
    """The system package that this Python needs for virtual environments, on Debian and Ubuntu."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


def _stamped() -> bool:
    try:
        return _STAMP.read_text(encoding="utf-8") == _stamp() and _runs()
    except OSError:
        return False


def _stamp() -> str:
    """What a finished `.venv` says of itself: which lock it holds, and where, since its scripts name their folder."""
    return f"{requirements_lock.fingerprint()}\n{VENV}\n"


def _was_moved() -> bool:
    return _STAMP.exists() and _STAMP.read_text(encoding="utf-8").splitlines()[1:] != [str(VENV)]


def _runs() -> bool:
    return venv_python().exists()


def _create() -> None:
    """A sound `.venv` whose stamp is gone, since what it will hold is not certain until the end."""
    if _UNFINISHED.exists() or _was_moved() or not _has_pip():
        shutil.rmtree(VENV, ignore_errors=True)
        base = getattr(sys, "_base_executable", None) or sys.executable
        made = run([base, "-m", "venv", str(VENV)], _VENV_SECONDS)
        if made.returncode != 0:
            raise SetupError(
                f"{base} could not make {VENV}: {(made.stdout + made.stderr).strip()}",
                "Free disk space or repair that Python, then run the same command again.",
            )
    _UNFINISHED.touch()
    _STAMP.unlink(missing_ok=True)


def _has_pip() -> bool:
    if not _runs():
        return False
    return run([str(venv_python()), "-m", "pip", "--version"]).returncode == 0


def _install() -> None:
    names = [*requirements_lock.pinned(everywhere=False)]
    status = Status("Python packages", total=len(names))
    command = [str(venv_python()), *_PIP, *_AS_LOCKED]
    follow(command, status, lambda line, shown: _hear(line, shown, names), hint=_NETWORK)
    status.close(f"the locked versions are in {VENV.name}")


def _hear(line: str, status: Status, names: Sequence[str]) -> None:
    found = _COLLECTING.search(line)
    if line.startswith("Installing collected packages"):
        status.show("unpacking them", len(names))
    elif found and found["name"] in names:
        status.show(found["name"], names.index(found["name"]) + 1)


def _require_venv(yes: bool) -> None:
    """What makes virtual environments is a package of its own on Debian and Ubuntu."""
    if find_spec("venv") and find_spec("ensurepip"):
        return
    package = venv_package()
    if not system_packages.can_install():
        raise SetupError(
            f"{sys.executable} cannot make virtual environments: it lacks ensurepip.", "install a whole Python ≥ 3.11"
        )
    consent.ask(
        f"Install the system package {package}, which Python needs for a virtual environment.",
        yes,
        f"run: {system_packages.install_command([package])}",
    )
    system_packages.install([package])


def _start_over(command: Sequence[str]) -> None:
    if sys.platform == "win32":  # exec there gives the terminal back before the work is done
        raise SystemExit(subprocess.call(command))
    os.execv(command[0], list(command))
