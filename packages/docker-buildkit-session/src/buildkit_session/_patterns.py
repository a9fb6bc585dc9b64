"""Which paths of a build context are wanted: BuildKit's include and exclude patterns, applied folder by folder.

The rules are moby/patternmatcher's, which a `.dockerignore` is written for: patterns in order, the last that matches
decides, `!` makes an exception, and a folder's verdict applies to everything in it. Matching one pattern against one
path is the Docker SDK's.
"""

from collections.abc import Iterable

from docker.utils.build import Pattern


class Patterns:
    """A list of patterns, matched against a path, given which of them matched its folder."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [pattern for pattern in map(Pattern, patterns) if pattern.dirs]
        self.unmatched = (False,) * len(self._patterns)

    def match(self, path: str, parent: tuple[bool, ...]) -> tuple[bool, ...]:
        """Which patterns match `path`, given which matched its folder."""
        return tuple(above or pattern.match(path) for above, pattern in zip(parent, self._patterns, strict=True))

    def verdict(self, matches: tuple[bool, ...]) -> bool:
        """Whether the list as a whole matches: the last pattern that does decides."""
        result = False
        for matched, pattern in zip(matches, self._patterns, strict=True):
            if matched:
                result = not pattern.exclusion
        return result

    def has_exceptions(self) -> bool:
        """Whether something inside a matched folder may still not be matched."""
        return any(pattern.exclusion for pattern in self._patterns)

    def __bool__(self) -> bool:
        return bool(self._patterns)
