"""Applies each mutation to a copy of the project and checks that its test fails there.

python -m tests.mutations [TOPIC …]   all lists, or those of these names

The exit status is 1 if a mutation survives, and 2 for an unknown list.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from helpers.core.paths import PROJECT
from tests.mutations.mutation import Mutation, listed


def main(topics: Sequence[str]) -> int:
    """Tries the mutations of these topics, or all, and prints a line for each; returns the exit status."""
    if unknown := {*topics} - {each.topic for each in listed()}:
        print(f"There is no list {', '.join(sorted(unknown))} in tests/mutations.")
        return 2
    chosen = [each for each in listed() if not topics or each.topic in topics]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="workbook-mutations-") as temporary:
        copy = copied(Path(temporary))
        unmutated = run_tests(copy, dict.fromkeys(each.test for each in chosen))
        if unmutated.returncode != pytest.ExitCode.OK:
            print(f"The tests fail without a mutation:\n{unmutated.stdout}")
            return 1
        survived = [each for each in chosen if not is_noticed(each, copy)]
    print(f"{len(chosen)} mutations, {len(survived)} survived, {time.monotonic() - began:.0f} s")
    return 1 if survived else 0


def copied(folder: Path) -> Path:
    """Copies the project's files, committed or new, to the folder, as a Git repository without commits."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True, timeout=60).stdout
    for name in filter(None, listing.split("\0")):
        source, target = PROJECT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True, timeout=60)
    return folder


def is_noticed(mutation: Mutation, copy: Path) -> bool:
    """Whether the test fails with the mutation; prints the verdict. The copy is unchanged afterwards."""
    file = copy / mutation.file
    text = file.read_text(encoding="utf-8")
    file.write_text(mutation.applied(text), encoding="utf-8")
    try:
        done = run_tests(copy, [mutation.test])
    finally:
        file.write_text(text, encoding="utf-8")
    noticed = done.returncode == pytest.ExitCode.TESTS_FAILED
    print(f"{'✓' if noticed else '✗ survived:'} {mutation.topic}: {mutation.breaks}", flush=True)
    if not noticed:
        print(f"  {mutation.file} · {mutation.test} · pytest's exit status: {done.returncode}\n{done.stdout}")
    return noticed


def run_tests(copy: Path, tests: Iterable[str]) -> "subprocess.CompletedProcess[str]":
    """Runs the tests in the copy, on its code. No bytecode is written: it might hide a mutation of equal size."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"--rootdir={copy}", *tests]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=900)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutations", description="Apply each mutation, and check that its test fails."
    )
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help="the name of a list (default: all)")
    sys.exit(main(parser.parse_args().topics))
