"""What the committed recording was made of: it is stale as soon as one of these files changes."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from helpers.core.paths import PROJECT

RENEW = "python3 -m helpers record"
_PATTERNS = (
    "dockerfiles/**/*",
    "sample_api_golang/**/*",
    "helpers/course/claims/*.py",
    "helpers/course/exercises/*",
    "helpers/course/clinic_cases/**/*",
    "helpers/runner/results.schema.json",
)


def digests() -> dict[str, str]:
    """The SHA-256 of each file's contents, by its path in the project."""
    return {path.relative_to(PROJECT).as_posix(): _digest(path) for path in _files()}


def stale(recorded: Mapping[str, str]) -> list[str]:
    """The paths of files that differ from those that were recorded, are new, or are gone."""
    now = digests()
    return sorted(path for path in {*now, *recorded} if now.get(path) != recorded.get(path))


def _files() -> Iterator[Path]:
    for pattern in _PATTERNS:
        yield from (
            path for path in sorted(PROJECT.glob(pattern)) if path.is_file() and "__pycache__" not in path.parts
        )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
