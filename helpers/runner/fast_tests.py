"""Runs the tests that need no engine, in one pytest session. It imports nothing slow, so that they start at once."""

import os
import sys
from collections.abc import Mapping, Sequence

from helpers.core import foreground
from helpers.core.paths import PROJECT

TESTS = [str(PROJECT / "tests"), str(PROJECT / "packages")]
# Without nbval, whose import takes a second and which only notebooks need
_FAST = ["-p", "no:nbval", "-m", "not engine and not notebook and not machine", *TESTS]
# As many processes as the machine has processors, but each takes seconds to collect the tests. A file's tests share
# their fixtures, so they run in the same process.
_IN_PARALLEL = ["--numprocesses=logical", "--maxprocesses=4", "--dist=loadfile"]


def run_fast(passed_on: Sequence[str]) -> int:
    """Runs the tests that need no engine, in parallel unless pytest's options are given; returns its exit status.

    Options such as -s and --pdb need a single process, and a few chosen tests are faster in one.
    """
    return run_pytest([*_FAST, *(passed_on or _IN_PARALLEL)], os.environ)


def run_pytest(options: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs pytest in its own process, so that its summary is the last line printed; returns its exit status.

    Ctrl-C raises KeyboardInterrupt once pytest has stopped the engines of its tests, at most a minute later.
    """
    command = [sys.executable, "-m", "pytest", f"--rootdir={PROJECT}", *options]
    return foreground.run(command, PROJECT, environment)
