"""Excludes by the rules that a .dockerignore is written for."""

import pytest
from buildkit_session._patterns import Patterns


def excluded(patterns: list[str], path: str) -> bool:
    """The verdict on a path, its folders asked first, as a walk does it."""
    matcher = Patterns(patterns)
    known = matcher.unmatched
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        known = matcher.match("/".join(parts[:end]), known)
    return matcher.verdict(known)


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        (["*.md"], "README.md", True),
        (["*.md"], "docs/README.md", False),
        (["**/*.md"], "docs/deep/README.md", True),
        (["docs"], "docs/deep/README.md", True),
        (["docs/"], "docs", True),
        (["/docs"], "docs/a", True),
        (["*", "!main.go"], "main.go", False),
        (["*", "!src/*.go"], "src/main.go", False),
        (["*", "!src/*.go"], "src/main.txt", True),
        (["*.md", "!README.md", "README*"], "README.md", True),
        (["temp?"], "tempa", True),
        (["temp?"], "temp", False),
        ([".dockerignore"], ".dockerignore", True),
        ([], "anything", False),
    ],
)
def test_last_match_decides(patterns: list[str], path: str, expected: bool) -> None:
    assert excluded(patterns, path) is expected


def test_a_blank_list_matches_nothing_and_is_false() -> None:
    assert not Patterns(["", "  "])
