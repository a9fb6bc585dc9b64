"""The lock: which packages, in which versions, and whether an environment holds them."""

import hashlib
import re
from importlib import metadata
from pathlib import Path

from helpers.setup.folders import LOCK

_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)(?P<marker>\s*;[^\\]*)?", re.MULTILINE
)


def pinned(lock: Path = LOCK, everywhere: bool = True) -> dict[str, str]:
    """Name and version of each locked package; with `everywhere`, those alone that every system needs."""
    found = _PINNED.finditer(lock.read_text(encoding="utf-8"))
    return {match["name"]: match["version"] for match in found if not (everywhere and match["marker"])}


def missing(lock: Path = LOCK) -> list[str]:
    """The locked packages that the interpreter at work does not hold in the locked version."""
    return [name for name, version in pinned(lock).items() if not _held(name, version)]


def is_held(lock: Path = LOCK) -> bool:
    """Whether the interpreter at work holds every locked package; the first that lacks ends the search."""
    return all(_held(name, version) for name, version in pinned(lock).items())


def fingerprint(lock: Path = LOCK) -> str:
    """What the lock's text comes down to: another lock, another fingerprint."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _held(name: str, version: str) -> bool:
    try:
        return _plain(metadata.version(name)) == _plain(version)
    except metadata.PackageNotFoundError:
        return False


def _plain(version: str) -> tuple[str, ...]:
    return tuple(part.lstrip("0") or "0" for part in version.split("."))
