"""Which paths of a context the sources of COPY lead to: wildcards expanded, symbolic links followed inside the context.

As tonistiigi/fsutil `followlinks.go` does it, so that `COPY link .` finds what the link points to.
"""

import fnmatch
import posixpath
import re
from collections.abc import Iterable
from typing import Protocol

_WILDCARD = re.compile(r"(?<!\\)[*?\[]")


class Tree(Protocol):
    """Where paths are looked up; they are relative to its root, which is ""."""

    def names(self, folder: str) -> list[str]:
        """What is in a folder, in any order; nothing where there is no such folder."""

    def target(self, path: str) -> str | None:
        """Where a symbolic link points to, as it is written in the link; None for anything else."""


def links(tree: Tree, paths: Iterable[str]) -> list[str]:
    """The paths to include; none at all where everything is asked for."""
    found: set[str] = set()
    for path in paths:
        _follow(tree, posixpath.normpath(path.lstrip("/") or "."), found)
    return [] if "." in found else sorted(found)


def _follow(tree: Tree, path: str, found: set[str]) -> None:
    current = ""
    parts = path.split("/")
    for position, part in enumerate(parts):
        current = posixpath.join(current, part)
        targets = _targets(tree, current)
        if targets or position == len(parts) - 1:
            if current in found:
                return
            found.add(current)
        if targets:
            rest = "/".join(parts[position + 1 :])
            for target in targets:
                _follow(tree, _inside(posixpath.join(target, rest)), found)
            return


def _targets(tree: Tree, path: str) -> list[str]:
    """Where a link, or each link that a wildcard names, points to."""
    if _WILDCARD.search(posixpath.basename(path)):
        return [target for name in _expand(tree, path) for target in _link(tree, name)]
    return _link(tree, path)


def _expand(tree: Tree, pattern: str) -> list[str]:
    folder, wildcard = posixpath.split(pattern)
    return [posixpath.join(folder, name) for name in tree.names(folder) if fnmatch.fnmatchcase(name, wildcard)]


def _link(tree: Tree, path: str) -> list[str]:
    target = tree.target(path)
    if target is None:
        return []
    return [_inside(target if target.startswith("/") else posixpath.join(posixpath.dirname(path), target))]


def _inside(path: str) -> str:
    """A path as the context sees it: `/` is the context's root, and nothing leads out of it."""
    return posixpath.normpath(posixpath.join("/", path)).lstrip("/") or "."
