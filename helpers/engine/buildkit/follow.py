"""Which paths of a context the sources of COPY lead to: wildcards expanded, symbolic links followed inside the context.

As tonistiigi/fsutil `followlinks.go` does it, so that `COPY link .` finds what the link points to.
"""

import fnmatch
import os
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

_WILDCARD = re.compile(r"(?<!\\)[*?\[]")


def links(root: Path, paths: Iterable[str]) -> list[str]:
    """The paths to include, relative to `root`; none at all where everything is asked for."""
    found: set[str] = set()
    for path in paths:
        _follow(root, posixpath.normpath(path.lstrip("/") or "."), found)
    return [] if "." in found else sorted(found)


def _follow(root: Path, path: str, found: set[str]) -> None:
    current = ""
    parts = path.split("/")
    for position, part in enumerate(parts):
        current = posixpath.join(current, part)
        targets = _targets(root, current)
        if targets or position == len(parts) - 1:
            if current in found:
                return
            found.add(current)
        if targets:
            rest = "/".join(parts[position + 1 :])
            for target in targets:
                _follow(root, _inside(posixpath.join(target, rest)), found)
            return


def _targets(root: Path, path: str) -> list[str]:
    """Where a link, or each link that a wildcard names, points to."""
    if _WILDCARD.search(posixpath.basename(path)):
        return [target for name in _expand(root, path) for target in _link(root, name)]
    return _link(root, path)


def _expand(root: Path, pattern: str) -> list[str]:
    folder, wildcard = posixpath.split(pattern)
    try:
        names = os.listdir(root / folder)
    except OSError:
        return []
    return [posixpath.join(folder, name) for name in names if fnmatch.fnmatchcase(name, wildcard)]


def _link(root: Path, path: str) -> list[str]:
    try:
        target = os.readlink(root / path)
    except OSError:  # not a link, or not there
        return []
    return [_inside(target if target.startswith("/") else posixpath.join(posixpath.dirname(path), target))]


def _inside(path: str) -> str:
    """A path as the context sees it: `/` is the context's root, and nothing leads out of it."""
    return posixpath.normpath(posixpath.join("/", path)).lstrip("/") or "."
