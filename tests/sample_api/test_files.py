"""The sample API's files say what the course builds on: versions, sums, and what a build is sent."""

import re
import shutil
from pathlib import Path

import pytest
from docker.utils.build import PatternMatcher

from tests.sample_api.conftest import SAMPLE

JUNK = [
    "Dockerfile",
    "Dockerfile.dev",
    "old.Dockerfile",
    ".env",
    ".env.local",
    ".git/config",
    ".idea/workspace.xml",
    ".vscode/settings.json",
    "api-golang",
    "internal/.DS_Store",
    "internal/api/router.go.swp",
    "tmp/x",
    "debug.log",
    "cover.out",
    "api.test",
]


def sent(folder: Path) -> set[str]:
    """The files that a build of the folder is sent, by the SDK's own matcher (it always keeps .dockerignore itself)."""
    patterns = [line for line in (folder / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    paths = set(PatternMatcher(patterns).walk(str(folder))) - {".dockerignore"}
    return {path for path in paths if (folder / path).is_file()}


def test_the_versions_are_those_of_the_course() -> None:
    module = (SAMPLE / "go.mod").read_text()
    assert re.search(r"^go 1\.19$", module, re.MULTILINE)
    assert "github.com/gin-gonic/gin v1.8.2\n" in module
    assert "github.com/jackc/pgx/v5 v5.2.0\n" in module
    assert "toolchain" not in module


def test_both_versions_of_the_edited_module_have_their_sums() -> None:
    """The dependency edit changes one line of go.mod and nothing else."""
    assert "github.com/mattn/go-isatty v0.0.16" in (SAMPLE / "go.mod").read_text()
    sums = (SAMPLE / "go.sum").read_text().splitlines()
    for version in ("v0.0.16", "v0.0.17"):
        found = [line.split()[1] for line in sums if line.startswith(f"github.com/mattn/go-isatty {version}")]
        assert found == [version, f"{version}/go.mod"]


def test_a_build_is_sent_the_program_and_nothing_else() -> None:
    sources = {path.relative_to(SAMPLE).as_posix() for path in SAMPLE.rglob("*.go")}
    program = {path for path in sources if not path.endswith("_test.go")}
    assert len(program) < len(sources), "there are no Go tests that could be left out"
    assert sent(SAMPLE) == {"go.mod", "go.sum", *program}


@pytest.mark.parametrize("path", JUNK)
def test_junk_is_not_sent(tmp_path: Path, path: str) -> None:
    folder = shutil.copytree(SAMPLE, tmp_path / "api")
    before = sent(folder)
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text("junk")
    assert sent(folder) == before


def test_a_new_source_file_is_sent(tmp_path: Path) -> None:
    folder = shutil.copytree(SAMPLE, tmp_path / "api")
    (folder / "internal" / "clock" / "sundial.go").write_text("package clock\n")
    assert sent(folder) - sent(SAMPLE) == {"internal/clock/sundial.go"}
