"""The files of the sample API that the course relies on: versions, checksums and the build context."""

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


def context_files(folder: Path) -> set[str]:
    """The files in the build context of the folder, by the SDK's own matcher (which always keeps .dockerignore)."""
    patterns = [line for line in (folder / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    paths = set(PatternMatcher(patterns).walk(str(folder))) - {".dockerignore"}
    return {path for path in paths if (folder / path).is_file()}


def test_the_versions_are_pinned() -> None:
    module = (SAMPLE / "go.mod").read_text()
    assert re.search(r"^go 1\.19$", module, re.MULTILINE)
    assert "github.com/gin-gonic/gin v1.8.2\n" in module
    assert "github.com/jackc/pgx/v5 v5.2.0\n" in module
    assert "toolchain" not in module


def test_go_sum_has_both_versions_of_the_edited_module() -> None:
    """The dependency edit changes one line of go.mod and nothing else."""
    assert "github.com/mattn/go-isatty v0.0.16" in (SAMPLE / "go.mod").read_text()
    sums = (SAMPLE / "go.sum").read_text().splitlines()
    for version in ("v0.0.16", "v0.0.17"):
        found = [line.split()[1] for line in sums if line.startswith(f"github.com/mattn/go-isatty {version}")]
        assert found == [version, f"{version}/go.mod"]


def test_the_context_contains_only_the_program() -> None:
    sources = {path.relative_to(SAMPLE).as_posix() for path in SAMPLE.rglob("*.go")}
    program = {path for path in sources if not path.endswith("_test.go")}
    assert len(program) < len(sources), "There are no Go tests to leave out."
    assert context_files(SAMPLE) == {"go.mod", "go.sum", *program}


@pytest.mark.parametrize("path", JUNK)
def test_junk_is_not_in_the_context(tmp_path: Path, path: str) -> None:
    folder = shutil.copytree(SAMPLE, tmp_path / "api")
    before = context_files(folder)
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text("junk")
    assert context_files(folder) == before


def test_a_new_source_file_is_in_the_context(tmp_path: Path) -> None:
    folder = shutil.copytree(SAMPLE, tmp_path / "api")
    (folder / "internal" / "clock" / "sundial.go").write_text("package clock\n")
    assert context_files(folder) - context_files(SAMPLE) == {"internal/clock/sundial.go"}
