"""What the linters' table says below it, and that it lints, builds and lists each section."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.core.records import Build, Image
from helpers.course import lint_table
from helpers.course.lint_table import Linted, remarks
from helpers.course.reporter import Reporter
from helpers.course.section import Section
from helpers.course.sections import discover, find
from helpers.course.subject import subject_of
from helpers.engine.build_progress import silent
from helpers.measure import hadolint
from helpers.measure.experiment import Experiment
from helpers.measure.hadolint import Finding
from helpers.measure.store import Store

UNTAGGED = Finding("DL3006", "warning", 2, "Always tag the version.")


def test_each_rule_is_explained_once() -> None:
    found = [Linted("01", (UNTAGGED,), (), 900, 2), Linted("02", (UNTAGGED,), ("Legacy key.",), 800, 1)]
    assert list(remarks(found)) == ["DL3006: Always tag the version.", "Legacy key."]


def test_the_most_expensive_dockerfiles_without_a_finding_are_named() -> None:
    found = [
        Linted("01", (UNTAGGED,), (), 900, 99),
        Linted("02", (), ("Legacy key.",), 950, 50),
        Linted("03", (), (), 800, 12),
        Linted("05", (), (), 17, 13),
        Linted("06", (), (), None, None),
    ]
    assert list(remarks(found))[2:] == [
        "The largest image without a finding: 03, 800 MB.",
        "The slowest rebuild without a finding: 05, 13.0 s.",
    ]


def test_without_hadolint_no_dockerfile_counts_as_clean() -> None:
    assert list(remarks([Linted("01", None, (), 900, 2)])) == [f"{hadolint.MISSING}."]


@pytest.mark.parametrize("available", [True, False])
def test_every_dockerfile_of_the_course_has_a_row(
    available: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = None
    monkeypatch.setattr(lint_table, "describe", lambda client: SimpleNamespace(version="20.10.24"))
    monkeypatch.setattr(hadolint, "program", lambda: Path("hadolint") if available else None)
    monkeypatch.setattr(hadolint, "findings", lambda text, program: (UNTAGGED,) if "FROM golang\n" in text else ())
    monkeypatch.setattr(Experiment, "ready", lambda experiment: Build("ready", 1, "sha256:1", warnings=("Legacy.",)))
    monkeypatch.setattr(Experiment, "image", lambda experiment: Image("sha256:1", 5_000_000, 5_000_000))
    section = Section(subject_of(client, find("10")), Reporter(), Store(tmp_path / "store"))
    rows = {line[:2]: line for line in str(lint_table.table(section)).splitlines()}
    assert {files.number for files in discover() if files.has_dockerfile} <= {*rows}
    assert ("DL3006 (warning)" in rows["01"]) is available and ("none" in rows["04"]) is available
    assert "5.0" in rows["04"] and " 1 " in rows["04"]
    assert section.subject.other("04-copy-go-mod-first").listener is silent
