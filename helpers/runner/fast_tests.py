"""Runs the tests that need no engine, in one pytest session. It imports nothing slow, so that they start at once."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from helpers.core.paths import PROJECT

TESTS = [str(PROJECT / "tests"), str(PROJECT / "packages")]
# Without nbval, whose import takes a second and which only notebooks need
_FAST = ["-p", "no:nbval", "-m", "not engine and not notebook and not machine", *TESTS]


def run_fast(passed_on: Sequence[str]) -> int:
    """Runs the tests that need no engine; returns pytest's exit status."""
    return run_pytest([*_FAST, *passed_on], os.environ)


def run_pytest(options: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs pytest in its own process, so that its summary is the last line printed; returns its exit status."""
    command = [sys.executable, "-m", "pytest", f"--rootdir={PROJECT}", *options]
    return subprocess.call(command, cwd=PROJECT, env=environment)
