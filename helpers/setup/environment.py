"""The Python environment: the running one if it has the locked packages, else the project's own `.venv`."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from helpers.core import foreground
from helpers.core.errors import SetupError
from helpers.core.paths import RUN_LOCK, TEST_LOCK, VENV, in_own_venv, venv_python
from helpers.setup import (
    consent,
    disk,
    environment_lock,
    handover,
    locked_packages,
    own_packages,
    requirements_lock,
    system_packages,
)
from helpers.setup.subprocesses import run

_VENV_SECONDS = 600.0  # it unpacks pip, which took 3 s
_STAMP = VENV / ".workbook-lock"
_UNFINISHED = VENV / ".workbook-unfinished"


class Size(NamedTuple):
    """What a lock's packages need in bytes, measured 2026-11 on Linux: on disk, with what Python compiles later."""

    fetched: int
    on_disk: int


SIZES = {RUN_LOCK: Size(105_000_000, 395_000_000), TEST_LOCK: Size(137_000_000, 545_000_000)}


def enter(arguments: Sequence[str], yes: bool, install: bool = True, lock: Path = RUN_LOCK) -> None:
    """Continue in an environment that has the lock's packages: return if this is one, else start over in `.venv`.

    Without `install`, the environment is left as it is, and this process alone can import the project's own packages.
    """
    if not is_ready(lock):
        make(yes, lock)
    if in_own_venv() or is_held_here(lock):
        if install:
            own_packages.ensure()
        own_packages.make_importable()
        return
    _start_over([str(venv_python()), "-m", "helpers", *arguments])


def is_ready(lock: Path = RUN_LOCK) -> bool:
    """Whether some environment here has the lock's packages: the running interpreter's, or `.venv`."""
    return _stamped(lock) or is_held_here(lock)


def is_held_here(lock: Path = RUN_LOCK) -> bool:
    """Whether the running interpreter has the lock's packages itself, however they were installed."""
    return requirements_lock.is_held(lock) and not (in_own_venv() and _UNFINISHED.exists())


def make(yes: bool, lock: Path = RUN_LOCK) -> None:
    """Install the lock's packages into `.venv`; one that was left by an interrupted attempt is created again.

    What had been downloaded until then comes from the cache. If another command is at it, its end is waited for.
    Raises SetupError if the machine's Python can't create one, disk space is short, the packages can't be installed, or
    the folder has other content than a virtual environment with pip.
    """
    _require_venv(yes)
    with environment_lock.alone():
        if not is_ready(lock):  # the other command may have made it ready
            _make(lock)


def _make(lock: Path) -> None:
    size = SIZES[lock]
    disk.require(VENV, size.on_disk + size.fetched, "The Python environment")
    print(
        f"Python environment: the packages of {lock.name} into {VENV.name}, up to {size.fetched / 1e6:.0f} MB "
        f"to fetch, {size.on_disk / 1e6:.0f} MB on disk.",
        flush=True,
    )
    _create()
    with _unchanged_if_nothing_was_installed():
        locked_packages.install(venv_python(), lock, before_change=_mark_unfinished)
    _UNFINISHED.unlink()
    _STAMP.write_text(_stamp(lock), encoding="utf-8")


def venv_package() -> str:
    """The system package that this Python needs for virtual environments, on Debian and Ubuntu."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


def _stamped(lock: Path) -> bool:
    try:
        *locks, folder = _STAMP.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return False
    return folder == str(VENV) and requirements_lock.fingerprint(lock) in locks and _runs()


def _stamp(lock: Path) -> str:
    """What a finished `.venv` has: the fingerprints of its locks, and its folder, which its scripts contain."""
    locks = {RUN_LOCK, lock}  # every other lock has all that the first one has
    return "".join(f"{line}\n" for line in (*sorted(map(requirements_lock.fingerprint, locks)), VENV))


def _was_moved() -> bool:
    return _STAMP.exists() and _stamp_text().splitlines()[-1:] != [str(VENV)]


def _runs() -> bool:
    return venv_python().exists()


def _mark_unfinished() -> None:
    """Remove the stamp, since what `.venv` contains isn't certain from now on.

    The mark comes first: if this is killed, the next attempt doesn't trust what it finds.
    """
    VENV.mkdir(exist_ok=True)
    _UNFINISHED.touch()
    _STAMP.unlink(missing_ok=True)


@contextmanager
def _unchanged_if_nothing_was_installed() -> Iterator[None]:
    """If a download fails or is interrupted, what is in `.venv` counts as sound if it did before."""
    was_sound, stamp, installed_at = not _UNFINISHED.exists(), _stamp_text(), _installed_at()
    try:
        yield
    except BaseException:
        if was_sound and _installed_at() == installed_at:
            if stamp:
                _STAMP.write_text(stamp, encoding="utf-8")
            _UNFINISHED.unlink(missing_ok=True)
        raise


def _stamp_text() -> str:
    return _STAMP.read_text(encoding="utf-8") if _STAMP.exists() else ""


def _installed_at() -> Sequence[int]:
    """When a package was last installed or uninstalled: each of them adds or removes a folder with its metadata."""
    folders = (*VENV.glob("lib/python*/site-packages"), *VENV.glob("Lib/site-packages"))
    return [folder.stat().st_mtime_ns for folder in folders]


def _create() -> None:
    """Create `.venv`, unless there is one that can be added to: it's left as it is until something is installed."""
    if not (_UNFINISHED.exists() or _was_moved() or not _has_pip()):
        return
    _require_own()
    _mark_unfinished()
    _empty()
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = run([base, "-m", "venv", str(VENV)], _VENV_SECONDS)
    if made.returncode != 0:
        raise SetupError(
            f"{base} could not make {VENV}: {(made.stdout + made.stderr).strip()}",
            "Free disk space or repair that Python, then run the same command again.",
        )


def _require_own() -> None:
    """Refuse to delete what the course didn't create."""
    if _STAMP.exists() or _UNFINISHED.exists() or not VENV.exists() or (VENV.is_dir() and not any(VENV.iterdir())):
        return
    raise SetupError(
        f"{VENV} wasn't created by the course, and has no pip to install packages with. It was left as it is.",
        f"Run `{venv_python()} -m ensurepip`, or rename {VENV.name}; then run the same command again.",
    )


def _empty() -> None:
    """Delete everything in `.venv` but the mark, by which the next attempt can tell that the course created it."""
    for path in VENV.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path != _UNFINISHED:
            path.unlink()


def _has_pip() -> bool:
    if not _runs():
        return False
    return run([str(venv_python()), "-m", "pip", "--version"]).returncode == 0


def _require_venv(yes: bool) -> None:
    """What makes virtual environments is a package of its own on Debian and Ubuntu."""
    if find_spec("venv") and find_spec("ensurepip"):
        return
    package = venv_package()
    if not system_packages.can_install():
        raise SetupError(
            f"{sys.executable} cannot make virtual environments: it lacks ensurepip.",
            "Install a complete Python 3.11 or newer, then run the same command again.",
        )
    consent.ask(
        f"Install the system package {package}, which Python needs for a virtual environment.",
        yes,
        f"run: {system_packages.install_command([package])}",
    )
    system_packages.install([package])


def _start_over(command: Sequence[str]) -> None:
    variables = {**os.environ, **handover.variables()}
    if sys.platform == "win32":  # exec there gives the terminal back before the work is done
        raise SystemExit(foreground.run(command, environment=variables))
    os.execve(command[0], list(command), variables)
