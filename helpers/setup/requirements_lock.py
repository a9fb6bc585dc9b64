"""Reads a lock file, and checks whether the running Python has its packages."""

import hashlib
import re
from importlib import metadata
from pathlib import Path

from helpers.core.paths import RUN_LOCK

_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)(?P<marker>\s*;[^\\]*)?", re.MULTILINE
)
_VERSION = re.compile(r"^Version: *(?P<version>\S+)", re.MULTILINE)


def pinned(lock: Path = RUN_LOCK, everywhere: bool = True) -> dict[str, str]:
    """The version of each locked package by name; with `everywhere`, only packages that every system needs."""
    found = _PINNED.finditer(lock.read_text(encoding="utf-8"))
    return {match["name"]: match["version"] for match in found if not (everywhere and match["marker"])}


def missing(lock: Path = RUN_LOCK) -> list[str]:
    """The locked packages that the running Python does not have in the locked version."""
    return [name for name, version in pinned(lock).items() if not _has(name, version)]


def is_held(lock: Path = RUN_LOCK) -> bool:
    """Whether the running Python has every locked package; stops at the first missing one."""
    return all(_has(name, version) for name, version in pinned(lock).items())


def fingerprint(lock: Path = RUN_LOCK) -> str:
    """The SHA-256 of the lock file in hex."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _has(name: str, version: str) -> bool:
    try:
        return _plain(_installed(name)) == _plain(version)
    except metadata.PackageNotFoundError:
        return False


def _installed(name: str) -> str:
    """The installed version. `metadata.version` parses the package's whole description too, three times as long."""
    found = _VERSION.search(metadata.distribution(name).read_text("METADATA") or "")
    return found["version"] if found else metadata.version(name)


def _plain(version: str) -> tuple[str, ...]:
    return tuple(part.lstrip("0") or "0" for part in version.split("."))
