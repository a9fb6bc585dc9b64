"""Tests that the workflows pin each action to a commit, which can't be moved as a tag can."""

import re
from pathlib import Path

import pytest

from helpers.core.paths import PROJECT

_USES = re.compile(r"^[\s-]*uses:\s*(?P<action>\S+)(?P<comment>.*)$", re.MULTILINE)
_FILES = sorted((PROJECT / ".github" / "workflows").glob("*.y*ml"))


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_every_action_is_pinned_to_a_commit_with_its_version(file: Path) -> None:
    used = [*_USES.finditer(file.read_text(encoding="utf-8"))]
    assert used
    for found in used:
        assert re.fullmatch(r"[\w-]+/[\w./-]+@[0-9a-f]{40}", found["action"]), found["action"]
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", found["comment"]), found["comment"]
