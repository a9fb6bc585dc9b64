"""The lint command: which checks run, what it prints, and that the project itself passes."""

from pathlib import Path

import pytest

from helpers.course import notebooks, rules
from helpers.runner import lint


@pytest.mark.machine
@pytest.mark.parametrize("name", lint.CHECKS)
def test_the_project_has_no_findings(name: str) -> None:
    assert lint.CHECKS[name]() == ""


def test_findings_are_printed_and_set_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.lint({"types": lambda: "a.py:1: wrong", "form": lambda: ""}) == 1
    assert capsys.readouterr().out == "types:\na.py:1: wrong\nform: no findings\n"


def test_without_findings_the_status_is_zero() -> None:
    assert lint.lint({"types": lambda: "", "form": lambda: ""}) == 0


FORBIDDEN = '''"""A module."""

import os


def undocumented(unannotated) -> None:
    if unannotated == 1:
        print(1)
    elif unannotated == 2:
        print(2)
    elif unannotated == 3:
        print(3)
    elif unannotated == 4:
        print(4)
    elif unannotated == 5:
        print(5)
    elif unannotated == 6:
        print(6)


class Documented:
    """Ends without a full stop"""
'''


def test_ruff_reports_what_the_project_forbids(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(FORBIDDEN)
    report = lint.tool("ruff", "check", "--config", str(lint.SETTINGS), "--output-format", "concise", str(tmp_path))
    found = {line.split()[1] for line in report.splitlines() if line.startswith(str(tmp_path))}
    assert found == {"ANN001", "C901", "D103", "D415", "F401"}


def test_a_tool_that_cannot_start_is_a_finding() -> None:
    assert "No module named" in lint.tool("no_such_tool")


def test_a_broken_rule_and_an_outdated_file_are_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "violations", lambda rule, sections: [f"01-naive: {rule.__name__}"])
    monkeypatch.setattr(notebooks, "stale", lambda sections: ["README.md"])
    findings = lint.CHECKS["notebooks"]().splitlines()
    assert findings[:-1] == [f"01-naive: {rule.__name__}" for rule in rules.RULES]
    assert findings[-1] == "README.md is out of date. Run: python3 -m helpers.course.notebooks"
