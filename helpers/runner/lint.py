"""Checks the source text with the project's own settings: Ruff, mypy, and the rules for the notebooks."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial

from helpers.core.paths import PROJECT
from helpers.course import notebooks, rules
from helpers.course.sections import discover

Check = Callable[[], str]  # returns the findings, "" if there are none


def tool(*arguments: str) -> str:
    """The output of a tool that reports findings; "" if its exit status is 0."""
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=PROJECT, capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()


def _notebooks() -> str:
    sections = discover()
    broken = [violation for rule in rules.RULES for violation in rules.violations(rule, sections)]
    stale = [f"{name} is out of date. Run: python3 -m helpers.course.notebooks" for name in notebooks.stale(sections)]
    return "\n".join([*broken, *stale])


SETTINGS = PROJECT / "pyproject.toml"
CHECKS: Mapping[str, Check] = {
    "ruff check": partial(tool, "ruff", "check", "--quiet"),
    "ruff format": partial(tool, "ruff", "format", "--check", "--quiet"),
    "mypy": partial(tool, "mypy", "--no-error-summary"),
    "notebooks": _notebooks,
}


def lint(checks: Mapping[str, Check] = CHECKS) -> int:
    """Prints each check's findings; returns 0 if there are none, else 1."""
    status = 0
    for name, check in checks.items():
        findings = check()
        print(f"{name}:\n{findings}" if findings else f"{name}: no findings", flush=True)
        status = 1 if findings else status
    return status
