"""The committed Dockerfiles: one for each section that has one, each a small step from the one before."""

import difflib
import itertools
import re
from pathlib import Path

import pytest

from tests.sample_api.conftest import DOCKERFILES


def section_of(path: Path) -> Path:
    """The section's Dockerfile that this file is a variant of."""
    return path.with_name(f"{path.name.partition('.')[0]}.Dockerfile")


ALL = sorted(DOCKERFILES.glob("*.Dockerfile"))
SECTIONS = [path for path in ALL if path.name.count(".") == 1]
# Some Dockerfiles next to a section's build something else than the API.
OF_THE_API = [path for path in ALL if path in SECTIONS or "-o api-golang" in path.read_text()]
VARIANTS = [path for path in OF_THE_API if path not in SECTIONS and section_of(path) in SECTIONS]
MAX_STEP = 25  # lines added and removed: what you can take in at once


def changed_lines(before: str, after: str) -> int:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return sum(line[0] in "+-" and line[2:].strip() != "" for line in lines)


def test_the_sections_with_a_dockerfile() -> None:
    assert [path.name[:2] for path in SECTIONS] == ["01", "02", "03", "04", "05", "06", "07", "08", "09", "11"]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_it_builds_on_old_engines(path: Path) -> None:
    """A syntax line fetches a frontend from a registry; the one built into Docker 20.10 has no heredocs."""
    text = path.read_text()
    assert not re.search(r"^#\s*syntax\s*=", text, re.MULTILINE | re.IGNORECASE)
    assert not re.search(r"^(RUN|COPY)\b.*<<", text, re.MULTILINE)


@pytest.mark.parametrize("path", SECTIONS, ids=lambda path: path.name)
def test_each_instruction_but_workdir_is_explained(path: Path) -> None:
    paragraphs = path.read_text().rstrip("\n").split("\n\n")
    unexplained = [text for text in paragraphs if not text.startswith(("# ", "WORKDIR "))]
    assert not unexplained


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_it_ends_as_a_notebook_cell_writes_it(path: Path) -> None:
    content = path.read_bytes()
    assert content.endswith(b"\n") and not content.endswith(b"\n\n") and b"\r" not in content


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(SECTIONS)), ids=lambda path: path.name[:2])
def test_it_is_a_small_step(before: Path, after: Path) -> None:
    assert 0 < changed_lines(before.read_text(), after.read_text()) <= MAX_STEP


@pytest.mark.parametrize("path", VARIANTS, ids=lambda path: path.name)
def test_a_variant_is_a_small_step_from_its_section(path: Path) -> None:
    assert 0 < changed_lines(section_of(path).read_text(), path.read_text()) <= MAX_STEP
