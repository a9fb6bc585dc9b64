"""Checks for enough free disk space before long work."""

import shutil
from pathlib import Path

from helpers.core.errors import SetupError


def free(path: Path) -> int:
    """The free bytes on the disk of `path`, which need not exist yet."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def require(path: Path, wanted: int, purpose: str) -> None:
    """Return if `wanted` bytes are free on the disk of `path`; raise SetupError if not."""
    available = free(path)
    if available < wanted:
        raise SetupError(
            f"{purpose} needs {gigabytes(wanted)} of disk space at {path}, but only {gigabytes(available)} are free.",
            "Free some disk space there, then run the same command again.",
        )


def gigabytes(size: int) -> str:
    """The size in bytes as text in decimal gigabytes: "2.4 GB"."""
    return f"{size / 1e9:.1f} GB"
