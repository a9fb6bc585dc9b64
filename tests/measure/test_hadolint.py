"""What hadolint finds, and that neither a user's settings nor a failure goes unnoticed."""

import stat
from pathlib import Path

import pytest

from helpers.core.errors import WorkbookError
from helpers.course.sections import find
from helpers.measure import hadolint
from helpers.measure.hadolint import Finding, findings

installed = pytest.mark.skipif(hadolint.program() is None, reason="no hadolint for this machine")


def fake(folder: Path, script: str) -> Path:
    path = folder / "hadolint"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@installed
def test_a_floating_tag_is_found_and_a_pinned_one_is_not() -> None:
    program = hadolint.program()
    assert program
    assert [(found.rule, found.line) for found in findings("# one line\nFROM golang\n", program)] == [("DL3006", 2)]
    assert findings("FROM golang:1.19-bullseye\n", program) == ()


@installed
def test_it_has_nothing_to_say_about_a_dockerfile_whose_image_has_a_compiler() -> None:
    """Section 10 says so."""
    program = hadolint.program()
    assert program and findings(find("04").dockerfile.read_text(encoding="utf-8"), program) == ()


@installed
def test_settings_of_the_user_have_no_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3006]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HADOLINT_IGNORE", "DL3006")
    program = hadolint.program()
    assert program and len(findings("FROM golang\n", program)) == 1


def test_findings_are_in_the_order_of_the_lines(tmp_path: Path) -> None:
    output = (
        '[{"code":"DL2","level":"info","line":9,"message":"b","column":1,"file":"-"},'
        '{"code":"DL1","level":"error","line":2,"message":"a","column":1,"file":"-"}]'
    )
    found = findings("", fake(tmp_path, f"cat > /dev/null; echo '{output}'"))
    assert found == (Finding("DL1", "error", 2, "a"), Finding("DL2", "info", 9, "b"))


def test_a_failure_is_explained(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="hadolint failed: cannot read"):
        findings("FROM scratch\n", fake(tmp_path, "cat > /dev/null; echo cannot read >&2; exit 1"))


def test_a_hadolint_that_cannot_be_started_is_explained(tmp_path: Path) -> None:
    program = fake(tmp_path, "exit 0")
    program.write_bytes(b"\x7fELF for another processor")
    with pytest.raises(WorkbookError, match="can't be started: Exec format error"):
        findings("FROM scratch\n", program)


def test_a_hadolint_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hadolint, "SECONDS", 0.2)
    with pytest.raises(WorkbookError, match="didn't finish"):
        findings("FROM scratch\n", fake(tmp_path, "exec sleep 30"))


def test_the_program_is_looked_for_in_the_environment_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / name))
    assert hadolint.program() is None
    (tmp_path / "scripts").mkdir()
    assert hadolint.program() is None
    assert fake(tmp_path / "scripts", "exit 0") == hadolint.program()
