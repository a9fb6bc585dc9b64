"""The command line as somebody types it: what it prints where, and its exit status."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from docker import DockerClient

from helpers import __main__ as command_line
from helpers import commands
from helpers.engine.base_images import REFERENCES
from helpers.engine.names import PREFIX
from helpers.records.errors import ClaimsFailed, EngineStopped
from helpers.setup.folders import PROJECT

NOBODY = "unix:///nobody/listens/here.sock"


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine is named, and none answers there; nobody is at the keyboard."""
    monkeypatch.setenv("DOCKER_HOST", NOBODY)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)


def ends_with(trouble: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit status of a command in which that happens."""

    def execute(options: object) -> int:
        raise trouble

    monkeypatch.setattr(commands, "execute", execute)
    return command_line.main(["run"])


def test_as_a_process_it_prints_its_help() -> None:
    command = [sys.executable, "-m", "helpers", "--help"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    for name in ("run", "test", "lab", "doctor", "reset", "clean", "report", "export", "reference", "bench"):
        assert re.search(rf"^    {name}\b", done.stdout, re.MULTILINE)


def test_misuse_as_a_process_ends_with_status_two() -> None:
    command = [sys.executable, "-m", "helpers", "rnu"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("no_engine")
def test_an_unknown_section_is_told_before_any_engine_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["run", "naif"]) == 2
    said = capsys.readouterr().err
    assert "There is no section 'naif'. The nearest is 01-naive." in said
    assert "→" in said


@pytest.mark.usefixtures("no_engine")
def test_an_unknown_benchmark_is_told_before_any_engine_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["bench", "buidl"]) == 2
    said = capsys.readouterr().err
    assert "There is no benchmark 'buidl'." in said
    assert "→ name one of: build, context, contents, trace, course" in said


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("command", [["run", "01"], ["test"], ["lab"], ["bench"]])
def test_an_engine_that_does_not_answer_is_named_with_the_mend(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(command) == 2
    said = capsys.readouterr().err
    assert NOBODY in said
    assert "→ start the engine that DOCKER_HOST names, or unset DOCKER_HOST" in said


@pytest.mark.usefixtures("no_engine")
def test_doctor_tells_what_is_missing_and_ends_with_status_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "[OK]      Python:" in said
    assert f"[MISSING] Docker Engine: {NOBODY} (DOCKER_HOST)" in said
    assert "→ start the engine that DOCKER_HOST names" in said


def test_a_context_that_does_not_exist_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    assert command_line.main(["run", "01"]) == 2
    assert "'gone'" in capsys.readouterr().err


def test_an_old_python_is_told_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    assert command_line.main(["run"]) == 2
    said = capsys.readouterr().err
    assert "needs Python 3.11 or newer, and this is Python 3.8.18" in said
    assert "→" in said


def test_an_error_with_a_mend_is_two_lines_and_its_own_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends_with(EngineStopped("The engine went away.", "start it again"), monkeypatch) == 2
    assert capsys.readouterr().err == "The engine went away.\n→ start it again\n"


def test_where_the_course_itself_fails_the_status_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ends_with(ClaimsFailed("Two claims did not hold."), monkeypatch) == 1


def test_a_full_disk_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(OSError(28, "No space left on device", "/x/results"), monkeypatch) == 2
    assert "The disk is full" in capsys.readouterr().err


def test_what_nobody_foresaw_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PermissionError):
        ends_with(PermissionError(13, "Permission denied"), monkeypatch)


def test_an_interrupt_is_a_sentence_and_status_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends_with(KeyboardInterrupt(), monkeypatch) == 130
    assert "Interrupted" in capsys.readouterr().err


def listens() -> None:
    """A session that was started in the background ignores Ctrl-C, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.machine
def test_ctrl_c_reaches_pytest_and_ends_the_command(tmp_path: Path) -> None:
    waits = tmp_path / "test_waits.py"
    waits.write_text("import time\n\ndef test_waits():\n    print('READY', flush=True)\n    time.sleep(60)\n")
    command = [sys.executable, "-m", "helpers", "test", "--fast", "--", "-s", str(waits), "-k", "test_waits"]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=listens,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "READY" in line:
            os.killpg(process.pid, signal.SIGINT)
            break
    assert process.wait(timeout=30) in (2, 130)
    process.stdout.close()


@pytest.mark.engine
def test_doctor_finds_all_that_a_test_session_has(client: DockerClient, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert client.version()["Version"] in said
    for reference in REFERENCES:
        assert f"[OK]      Base image {reference}: " in said


@pytest.mark.engine
def test_a_dry_clean_says_what_it_would_remove_and_removes_nothing(
    client: DockerClient, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{PREFIX}/of-a-test"
    client.images.get(REFERENCES[1]).tag(name)
    try:
        assert command_line.main(["clean", "--dry-run"]) == 0
        assert f"would remove image {name}:latest" in capsys.readouterr().out
        assert client.images.get(name)
    finally:
        client.images.remove(name)
