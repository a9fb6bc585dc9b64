"""Which paths of a context are sent: what the include patterns match, without what the exclude patterns match."""

from buildkit_session._patterns import Patterns

Matches = tuple[tuple[bool, ...], tuple[bool, ...]]  # of a path: which includes match it, and which excludes


class Choice:
    """Which paths are wanted: what the includes match, if there are any, without what the excludes match."""

    def __init__(self, include: Patterns, exclude: Patterns) -> None:
        self._include, self._exclude = include, exclude
        self.unmatched = (include.unmatched, exclude.unmatched)

    def match(self, path: str, above: Matches) -> Matches:
        """What matches a path, given what matches its folder."""
        return self._include.match(path, above[0]), self._exclude.match(path, above[1])

    def verdict(self, matches: Matches) -> bool:
        """Whether the path is wanted."""
        included, excluded = matches
        return (not self._include or self._include.verdict(included)) and not self._exclude.verdict(excluded)

    def may_contain_wanted(self, matches: Matches) -> bool:
        """Whether an unwanted folder may contain wanted files: an exception to the excludes, or an include below."""
        return bool(self._include) or not self._exclude.verdict(matches[1]) or self._exclude.has_exceptions()
