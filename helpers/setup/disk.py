"""Room on the disk: said before long work, and too little of it refused."""

import shutil
from pathlib import Path

from helpers.setup.errors import SetupError


def free(path: Path) -> int:
    """Bytes free where `path` lies or will lie."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def require(path: Path, wanted: int, purpose: str) -> None:
    """Return where there are `wanted` bytes free.

    Raises SetupError where there are not.
    """
    there = free(path)
    if there < wanted:
        raise SetupError(
            f"{purpose} needs {gigabytes(wanted)} of disk at {path}, and {gigabytes(there)} are free.",
            "make room there, then give the same command again",
        )


def gigabytes(size: int) -> str:
    """The size as a reader says it, "2.4 GB"."""
    return f"{size / 1e9:.1f} GB"
