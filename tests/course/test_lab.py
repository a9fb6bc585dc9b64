"""JupyterLab is started for this machine alone, behind a token, on the first notebook."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import urllib3

from helpers.course import lab
from helpers.course.sections import PROJECT


def test_the_first_notebook_on_the_loopback_address() -> None:
    command = lab.command(as_root=False)
    assert "--LabApp.default_url=/lab/tree/my-course/notebooks/00-start-here.ipynb" in command
    assert "--ServerApp.ip=127.0.0.1" in command
    assert "--allow-root" not in command
    assert not any("token" in option.lower() for option in command)


def test_root_is_let_in_and_told() -> None:
    assert "--allow-root" in lab.command(as_root=True)


@pytest.mark.machine
def test_it_answers_with_the_token_and_not_without(tmp_path: Path) -> None:
    program = "from helpers.course.lab import lab; raise SystemExit(lab())"
    environment = {**os.environ, "BROWSER": "true", "JUPYTER_RUNTIME_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with (tmp_path / "log").open("w") as log:
        command = [sys.executable, "-c", program]
        started = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            url = announced(tmp_path / "log")
            assert url.startswith("http://127.0.0.1:")
            assert status(url) == 200  # the page of the first notebook
            assert status(re.sub(r"lab/.*", "api/contents", url)) == 403
        finally:
            os.killpg(started.pid, signal.SIGTERM)
            started.wait(30)


def announced(log: Path) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab/tree/\S+\?token=\w+", log.read_text()):
            return found[0]
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


def status(url: str) -> int:
    # JupyterLab announces its address a moment before it listens there
    patient = urllib3.Retry(connect=8, read=0, redirect=0, status=0, other=0, backoff_factor=0.1)
    with urllib3.PoolManager(retries=patient, timeout=10) as pool:
        return int(pool.request("GET", url).status)
