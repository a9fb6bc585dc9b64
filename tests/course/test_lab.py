"""JupyterLab is started for this machine alone, behind a token, on the first notebook."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import urllib3
from bs4 import BeautifulSoup

from helpers import __main__ as command_line
from helpers.course import lab
from helpers.course.sections import PROJECT, discover
from helpers.setup import browser, consent, engine, privileges
from helpers.setup.ping import Answer


def test_the_first_notebook_on_the_loopback_address() -> None:
    command = lab.command(as_root=False)
    assert "--LabApp.default_url=/lab/tree/my-course/notebooks/00-start-here.ipynb" in command
    assert "--ServerApp.ip=127.0.0.1" in command
    assert "--allow-root" not in command
    assert not any("token" in option.lower() for option in command)


def test_root_is_let_in_and_told() -> None:
    assert "--allow-root" in lab.command(as_root=True)


# JupyterLab on the committed notebook: a test makes no learner's copies in the project.
_PROGRAM = """
from helpers.course import lab
command = lab.command
lab.command = lambda as_root: [option.replace("my-course/notebooks", "notebooks") for option in command(as_root)]
raise SystemExit(lab.lab())
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address, with its token, of a JupyterLab just started by somebody who never used one."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "home").mkdir()
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER_")}
    folders = {"HOME": str(folder / "home"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    environment = {**theirs, **folders, "BROWSER": "true", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", _PROGRAM]
    with (folder / "log").open("w") as log:
        started = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield announced(folder / "log")
        finally:
            os.killpg(started.pid, signal.SIGTERM)
            started.wait(30)


@pytest.mark.machine
def test_it_answers_with_the_token_and_not_without(served: str) -> None:
    assert served.startswith("http://127.0.0.1:")
    assert status(served) == 200  # the page of the first notebook
    assert status(re.sub(r"lab/.*", "api/contents", served)) == 403


@pytest.mark.machine
def test_it_opens_on_the_first_notebook_and_asks_nothing(served: str, tmp_path: Path) -> None:
    page = _drawn(served, tmp_path)
    title = nbformat.read(discover()[0].notebook, as_version=4).cells[0].source.splitlines()[0]
    assert title.removeprefix("# ") in {heading.get_text().rstrip("¶") for heading in page.find_all("h1")}
    assert [toast.get_text(" ") for toast in page.select(".Toastify__toast, .jp-Dialog")] == []
    assert "news" not in page.get_text().lower()


@pytest.mark.machine
def test_neither_news_nor_updates_are_fetched_unless_the_reader_says_so(served: str) -> None:
    address, token = served.split("/lab/")[0], served.split("token=")[1]
    settings = f"{address}/lab/api/settings/@jupyterlab/apputils-extension:notification?token={token}"
    properties = _get(settings).json()["schema"]["properties"]
    assert properties["fetchNews"]["default"] == "false"
    assert properties["checkForUpdates"]["default"] is False
    assert _get(f"{address}/lab/api/news?token={token}").json() == {"news": []}


@pytest.fixture
def roots_engine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An account that may not use the engine, and sudo; what was done as root. Nobody is at the keyboard."""
    done: list[str] = []

    def go_on(arguments: list[str], reason: str) -> None:
        done.append(" ".join(arguments))
        raise SystemExit

    monkeypatch.setattr(engine, "ping", lambda host: Answer.FORBIDDEN)
    monkeypatch.setattr(privileges, "is_root", lambda: False)
    monkeypatch.setattr(privileges, "go_on_as_root", go_on)
    monkeypatch.setattr(consent, "_given", set())
    monkeypatch.setattr(consent, "_somebody_is_there", lambda: False)
    return done


def test_it_does_not_become_root_without_consent(roots_engine: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["lab"]) == 2
    said = capsys.readouterr()
    assert "JupyterLab would run as root, and every cell you run could do anything on this machine." in said.out
    assert "This needs your consent: Run JupyterLab as root." in said.err
    assert "add --yes, or type: sudo usermod -aG docker $USER" in said.err
    assert "a member of the group docker can do whatever root can" in said.err
    assert roots_engine == []


def test_with_consent_it_says_so_first_and_goes_on_as_root(
    roots_engine: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command_line.main(["lab", "--yes"])
    assert "JupyterLab would run as root" in capsys.readouterr().out
    assert roots_engine == ["lab --yes"]


@pytest.mark.parametrize(("typed", "root"), [("y", ["lab"]), ("", [])])
def test_a_terminal_is_asked_with_the_alternative_before_its_eyes(
    roots_engine: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    root: list[str],
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(consent, "_somebody_is_there", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: asked.append(capsys.readouterr().out + prompt) or typed)
    with contextlib.suppress(SystemExit):
        assert command_line.main(["lab"]) == 2
    assert roots_engine == root
    (question,) = asked
    assert "sudo usermod -aG docker $USER" in question
    assert question.endswith("Run JupyterLab as root. [y/N] ")


def test_the_readers_own_configuration_path_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", f"{os.sep}theirs")
    assert lab.environment()["JUPYTER_CONFIG_PATH"].split(os.pathsep)[1:] == [f"{os.sep}theirs"]


def announced(log: Path) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab/tree/\S+\?token=\w+", log.read_text()):
            return found[0]
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


def status(url: str) -> int:
    return _get(url).status


def _get(url: str) -> urllib3.BaseHTTPResponse:
    # JupyterLab announces its address a moment before it listens there
    patient = urllib3.Retry(connect=8, read=0, redirect=0, status=0, other=0, backoff_factor=0.1)
    with urllib3.PoolManager(retries=patient, timeout=10) as pool:
        return pool.request("GET", url)


def _drawn(url: str, folder: Path) -> BeautifulSoup:
    """The page as a browser has it when everything that it starts with is done."""
    found = browser.find()
    assert found, "no browser: `python3 -m helpers test --yes` installs one"
    assert _get(url).status == 200
    profile = f"--user-data-dir={folder / 'profile'}"
    options = ["--headless", "--no-sandbox", "--disable-gpu", profile, "--virtual-time-budget=20000", "--dump-dom"]
    done = subprocess.run([found, *options, url], capture_output=True, text=True, timeout=120, check=True)
    return BeautifulSoup(done.stdout, "html.parser")
