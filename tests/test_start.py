"""What `run` does before its first build if everything is present: it fetches nothing, and imports little."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.core.paths import PROJECT

# Everything up to the first build of section 01, without a kernel; any address but a Unix socket ends it
START = """
import os, sys

def refuse(event, arguments):
    if event == "socket.getaddrinfo" or event == "socket.connect" and isinstance(arguments[1], tuple):
        print("asked the network:", arguments[1:], flush=True)
        os._exit(3)

sys.addaudithook(refuse)
from helpers import commands, open_section
from helpers.runner import course_run

course_run.run = lambda chosen, client, **_: open_section(client, chosen[0].name) and 0
sys.exit(commands.execute(commands.read(["run", "01"])))
"""
KERNEL = "import sys; from helpers import open_section; print(*sys.modules)"
RUNNER = """
import sys
from helpers.core import slow_imports
slow_imports.skip()
import helpers.runner.course_run
print(*(name for name, module in sys.modules.items() if module))
"""


def python(program: str, results: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "WORKBOOK_RESULTS": str(results)}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.engine
def test_the_start_of_a_run_fetches_nothing(tmp_path: Path) -> None:
    done = python(START, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    first, *_ = done.stdout.splitlines()
    assert first.endswith(".") and " on this machine: 01-naive " in first


@pytest.mark.machine
@pytest.mark.parametrize("program", [KERNEL, RUNNER], ids=["kernel", "runner"])
def test_what_a_run_imports_compiles_no_grammar(program: str, tmp_path: Path) -> None:
    """The package takes longer to import than all others together."""
    done = python(program, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "rfc3987_syntax" not in done.stdout.split() and "helpers" in done.stdout.split()
