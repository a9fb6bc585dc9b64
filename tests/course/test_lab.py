"""JupyterLab is started on the first notebook, on the loopback address and with a token."""

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
from helpers.core.paths import PROJECT
from helpers.course import lab
from helpers.course.sections import discover
from helpers.setup import browser, consent, engine, privileges
from helpers.setup.ping import Answer


def test_it_opens_the_first_notebook_on_the_loopback_address() -> None:
    command = lab.command(as_root=False)
    assert "--LabApp.default_url=/lab/tree/my-course/notebooks/00-start-here.ipynb" in command
    assert "--ServerApp.ip=127.0.0.1" in command
    assert "--allow-root" not in command
    assert not any("token" in option.lower() for option in command)


def test_root_may_start_it() -> None:
    assert "--allow-root" in lab.command(as_root=True)


# Opens the committed notebook, because a test must not create the learner's copies in the project
_PROGRAM = """
from helpers.course import lab
command = lab.command
lab.command = lambda as_root: [option.replace("my-course/notebooks", "notebooks") for option in command(as_root)]
raise SystemExit(lab.lab())
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address, with token, of a JupyterLab started by a user with no Jupyter configuration."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "home").mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER_")}
    folders = {"HOME": str(folder / "home"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    environment = {**inherited, **folders, "BROWSER": "true", "PYTHONUNBUFFERED": "1"}
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
def test_it_requires_the_token(served: str) -> None:
    assert served.startswith("http://127.0.0.1:")
    assert status(served) == 200  # the page of the first notebook
    assert status(re.sub(r"lab/.*", "api/contents", served)) == 403


@pytest.mark.machine
def test_it_opens_the_first_notebook_without_dialogs(served: str, tmp_path: Path) -> None:
    page = _loaded(served, tmp_path)
    title = nbformat.read(discover()[0].notebook, as_version=4).cells[0].source.splitlines()[0]
    assert title.removeprefix("# ") in {heading.get_text().rstrip("¶") for heading in page.find_all("h1")}
    assert [toast.get_text(" ") for toast in page.select(".Toastify__toast, .jp-Dialog")] == []
    assert "news" not in page.get_text().lower()


@pytest.mark.machine
def test_news_and_updates_are_not_fetched_by_default(served: str) -> None:
    address, token = served.split("/lab/")[0], served.split("token=")[1]
    settings = f"{address}/lab/api/settings/@jupyterlab/apputils-extension:notification?token={token}"
    properties = _get(settings).json()["schema"]["properties"]
    assert properties["fetchNews"]["default"] == "false"
    assert properties["checkForUpdates"]["default"] is False
    assert _get(f"{address}/lab/api/news?token={token}").json() == {"news": []}


@pytest.fixture
def roots_engine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A user without access to the engine, with sudo and no terminal; the commands run as root."""
    done: list[str] = []

    def go_on(arguments: list[str], reason: str) -> None:
        done.append(" ".join(arguments))
        raise SystemExit(0)

    monkeypatch.setattr(engine, "ping", lambda host: Answer.FORBIDDEN)
    monkeypatch.setattr(privileges, "is_root", lambda: False)
    monkeypatch.setattr(privileges, "go_on_as_root", go_on)
    monkeypatch.setattr(consent, "given", set())
    monkeypatch.setattr(consent, "is_interactive", lambda: False)
    return done


def test_it_does_not_become_root_without_consent(roots_engine: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["lab"]) == 2
    said = capsys.readouterr()
    assert "JupyterLab would run as root, and every cell you run could do anything on this machine." in said.out
    assert "This needs your consent: Run JupyterLab as root." in said.err
    assert "Add --yes, or run `sudo usermod -aG docker $USER`" in said.err
    assert "Members of the docker group have the same privileges as root." in said.err
    assert roots_engine == []


def test_with_consent_it_prints_a_warning_and_continues_as_root(
    roots_engine: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command_line.main(["lab", "--yes"])
    assert "JupyterLab would run as root" in capsys.readouterr().out
    assert roots_engine == ["lab --yes"]


def exit_status(*arguments: str) -> object:
    """The command's exit status, also if it goes on as root."""
    try:
        return command_line.main([*arguments])
    except SystemExit as ended:
        return ended.code


@pytest.mark.parametrize(("typed", "expected", "root"), [("y", 0, ["lab"]), ("", 2, [])])
def test_a_terminal_is_asked_and_shown_the_alternative(
    roots_engine: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    expected: int,
    root: list[str],
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(consent, "is_interactive", lambda: True)

    def answer(prompt: str) -> str:
        asked.append(capsys.readouterr().out + prompt)
        return typed

    monkeypatch.setattr("builtins.input", answer)
    assert exit_status("lab") == expected
    assert roots_engine == root
    (question,) = asked
    assert "sudo usermod -aG docker $USER" in question
    assert question.endswith("Run JupyterLab as root. [y/N] ")


def test_the_users_configuration_path_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", f"{os.sep}existing")
    assert lab.environment()["JUPYTER_CONFIG_PATH"].split(os.pathsep)[1:] == [f"{os.sep}existing"]


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
    # JupyterLab prints its address a moment before it accepts connections
    retries = urllib3.Retry(connect=8, read=0, redirect=0, status=0, other=0, backoff_factor=0.1)
    with urllib3.PoolManager(retries=retries, timeout=10) as pool:
        return pool.request("GET", url)


def _loaded(url: str, folder: Path) -> BeautifulSoup:
    """The page in a browser after it has finished loading."""
    found = browser.find()
    assert found, "no browser: `python3 -m helpers test --yes` installs one"
    assert _get(url).status == 200
    profile = f"--user-data-dir={folder / 'profile'}"
    options = ["--headless", "--no-sandbox", "--disable-gpu", profile, "--virtual-time-budget=20000", "--dump-dom"]
    done = subprocess.run([found, *options, url], capture_output=True, text=True, timeout=120, check=True)
    return BeautifulSoup(done.stdout, "html.parser")
