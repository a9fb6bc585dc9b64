"""Fetching the official Go with a Go client: what is asked of it, and what is made of its refusals."""

from pathlib import Path

import pytest

from helpers.engine.base_images import toolchain
from helpers.records.errors import BaseImageError

_GO = """#!/bin/sh
echo "$*" >>"$GOMODCACHE/asked"
case "$1" in
env) echo "${FAKE_GOSUMDB-sum.example}" ;;
list) echo "golang.org/toolchain v0.0.1-go1.9.2.linux-amd64 v0.0.1-go1.21.0.linux-amd64 v0.0.1-go1.10.linux-amd64" ;;
mod) [ -z "$FAKE_REFUSAL" ] || { echo "go: first" >&2; echo "$FAKE_REFUSAL" >&2; exit 1; }
  echo "{\\"Version\\": \\"$4\\", \\"Dir\\": \\"$GOMODCACHE/golang.org/toolchain\\"}" ;;
esac
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for modules, and a Go client that writes down there what it was asked."""
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


def test_download_is_refused_without_the_checksum_database(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GOSUMDB", "off")

    with pytest.raises(BaseImageError, match="checksum database is switched off"):
        toolchain.download("1.19.13", "amd64", go)
    assert "mod download" not in (go / "asked").read_text()


@pytest.mark.parametrize(
    "refusal",
    [
        "verifying golang.org/toolchain@v0.0.1-go1.19.13.linux-amd64: checksum mismatch",
        "golang.org/toolchain@v0.0.1-go1.19.13.linux-amd64: dial tcp: lookup proxy.example: no such host",
    ],
)
def test_refusal_is_passed_on_in_its_last_line(go: Path, monkeypatch: pytest.MonkeyPatch, refusal: str) -> None:
    monkeypatch.setenv("FAKE_REFUSAL", refusal)

    with pytest.raises(BaseImageError) as caught:
        toolchain.download("1.19.13", "amd64", go)
    assert caught.value.message.endswith(refusal)
    assert "go env GOPROXY" in caught.value.hint


def test_newest_is_by_number_and_not_by_letter(go: Path) -> None:
    assert toolchain.newest("amd64", go) == "1.21.0"


def test_betas_candidates_and_other_architectures_are_no_releases() -> None:
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
