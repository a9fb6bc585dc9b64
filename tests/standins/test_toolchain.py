"""Downloading the Go toolchain with the `go` command: its arguments, and how failures are reported."""

from pathlib import Path

import pytest

from helpers.core.errors import BaseImageError
from helpers.standins import toolchain

_GO = """#!/bin/sh
echo "$*" >>"$GOMODCACHE/asked"
case "$1" in
env) echo "${FAKE_GOSUMDB-sum.example}" ;;
list) echo "golang.org/toolchain v0.0.1-go1.9.2.linux-amd64 v0.0.1-go1.21.0.linux-amd64 v0.0.1-go1.10.linux-amd64" ;;
mod) [ -z "$FAKE_ERROR" ] || { echo "go: first" >&2; echo "$FAKE_ERROR" >&2; exit 1; }
  echo "{\\"Version\\": \\"$4\\", \\"Dir\\": \\"$GOMODCACHE/golang.org/toolchain\\"}" ;;
esac
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module folder, and a fake `go` that logs its arguments there."""
    program = tmp_path / "bin/go"
    program.parent.mkdir()
    program.write_text(_GO)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    modules = tmp_path / "modules"
    modules.mkdir()
    return modules


def test_download(go: Path) -> None:
    assert toolchain.download("1.19.13", "arm64", go) == go / "golang.org/toolchain"
    asked = (go / "asked").read_text().splitlines()[-1]
    assert asked == "mod download -json golang.org/toolchain@v0.0.1-go1.19.13.linux-arm64"


def test_download_fails_without_the_checksum_database(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GOSUMDB", "off")

    with pytest.raises(BaseImageError, match="checksum database is turned off"):
        toolchain.download("1.19.13", "amd64", go)
    assert "mod download" not in (go / "asked").read_text()


@pytest.mark.parametrize(
    "error",
    [
        "verifying golang.org/toolchain@v0.0.1-go1.19.13.linux-amd64: checksum mismatch",
        "golang.org/toolchain@v0.0.1-go1.19.13.linux-amd64: dial tcp: lookup proxy.example: no such host",
    ],
)
def test_last_line_of_a_failure_is_in_the_message(go: Path, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    monkeypatch.setenv("FAKE_ERROR", error)

    with pytest.raises(BaseImageError) as caught:
        toolchain.download("1.19.13", "amd64", go)
    assert caught.value.message.endswith(error)
    assert "go env GOPROXY" in caught.value.hint


def test_newest_compares_versions_by_number(go: Path) -> None:
    assert toolchain.newest("amd64", go) == "1.21.0"


def test_betas_candidates_and_other_architectures_are_ignored() -> None:
    versions = [
        "v0.0.1-go1.27.4.linux-amd64",
        "v0.0.1-go1.28rc1.linux-amd64",
        "v0.0.1-go1.29beta1.linux-amd64",
        "v0.0.1-go1.27.9.linux-arm64",
        "v0.0.1-go1.27.8.darwin-amd64",
    ]

    assert toolchain.newest_of(versions, "amd64") == "1.27.4"


def test_architecture_without_a_release() -> None:
    with pytest.raises(BaseImageError, match="linux/sparc64"):
        toolchain.newest_of(["v0.0.1-go1.27.4.linux-amd64"], "sparc64")
