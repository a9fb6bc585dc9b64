"""Tests of the command line: its output, standard error and exit status."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from docker import DockerClient

from helpers import __main__ as command_line
from helpers import commands, standins
from helpers.core.cleaned import Cleaned
from helpers.core.endpoint import find
from helpers.core.errors import BaseImageError, ClaimsFailed, EngineStopped, SetupError
from helpers.core.names import PREFIX
from helpers.core.paths import PROJECT
from helpers.core.records import BaseImage
from helpers.core.replay import REPLAY
from helpers.course import copies, lab
from helpers.engine.recording import http, tape
from helpers.runner import course_run, interrupted
from helpers.setup import consent, engine, environment, forecast
from helpers.standins import REFERENCES, RegistryOutOfReach, present, registry_check
from tests.fixtures.replays import ENGINE

NO_ENGINE = "unix:///no/engine/here.sock"


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """DOCKER_HOST names an engine that does not answer, and there is no terminal."""
    monkeypatch.setenv("DOCKER_HOST", NO_ENGINE)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)


def status_after(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit status of a command that raises the error."""

    def execute(options: object) -> int:
        raise error

    monkeypatch.setattr(commands, "execute", execute)
    return command_line.main(["run"])


def test_the_help_lists_every_command() -> None:
    command = [sys.executable, "-m", "helpers", "--help"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    names = "run test lint lab doctor reset clean report export record reference bench"
    for name in names.split():
        assert re.search(rf"^    {name}\b", done.stdout, re.MULTILINE)


def test_invalid_arguments_end_with_status_two() -> None:
    command = [sys.executable, "-m", "helpers", "rnu"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("no_engine")
def test_an_unknown_section_is_reported_before_the_engine_is_contacted(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["run", "naif"]) == 2
    output = capsys.readouterr().err
    assert "There is no section 'naif'. Did you mean 01-naive?" in output
    assert "→" in output


@pytest.mark.parametrize(("options", "done"), [([], {"00-start-here"}), (["--fresh"], set())])
def test_the_forecast_counts_only_the_sections_that_are_left(
    options: list[str], done: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forecast(Exception):
        """Ends the command; its argument is what the forecast leaves out."""

    def begin(*arguments: object, done: frozenset[str]) -> NoReturn:
        raise Forecast(done)

    monkeypatch.setattr(interrupted, "passed", lambda *arguments: frozenset({"00-start-here"}))
    monkeypatch.setattr(forecast, "begin", begin)
    with pytest.raises(Forecast) as caught:
        commands.execute(commands.read(["run", *options]))
    assert caught.value.args == (done,)


@pytest.mark.usefixtures("no_engine")
def test_an_unknown_benchmark_is_reported_before_the_engine_is_contacted(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["bench", "buidl"]) == 2
    output = capsys.readouterr().err
    assert "There is no benchmark 'buidl'." in output
    assert "→ Choose from: build, context, contents, trace, setup, course." in output


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("command", [["run", "01"], ["test"], ["lab"], ["bench"]])
def test_an_engine_that_does_not_answer_is_named_with_a_hint(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(command) == 2
    output = capsys.readouterr().err
    assert NO_ENGINE in output
    assert "→ Start the engine that DOCKER_HOST names, or unset DOCKER_HOST." in output


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(("command", "offered"), [("run", True), ("lab", True), ("test", False), ("bench", False)])
def test_without_an_engine_a_replay_is_offered_and_not_chosen(
    command: str, offered: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main([command]) == 2
    assert (f"python3 -m helpers {command} --replay" in capsys.readouterr().err) is offered


def test_a_replay_is_offered_where_consent_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ready(*arguments: object) -> None:
        raise SetupError("This needs your consent: Start the engine.", "Add --yes, or run: dockerd")

    monkeypatch.setattr(engine, "ready", ready)
    monkeypatch.setattr(environment, "enter", lambda *arguments, **options: None)
    assert command_line.main(["run", "01"]) == 2
    assert capsys.readouterr().err.splitlines()[1:] == [
        "→ Add --yes, or run: dockerd",
        "Without an engine, you can replay the course as it was recorded: python3 -m helpers run --replay",
    ]


@pytest.fixture
def replaying(monkeypatch: pytest.MonkeyPatch, recording: Path) -> Iterator[list[tuple[str, object]]]:
    """What `run` and `lab` start, with the replay's variable then, on a machine that must not be changed."""
    started: list[tuple[str, object]] = []

    def refused(*arguments: object, **options: object) -> None:
        raise AssertionError("A replay needs no engine, no base image and no consent.")

    def start(*arguments: object, **options: object) -> int:
        started.append((os.environ.get(REPLAY, ""), arguments[-1] if arguments else None))
        return 0

    monkeypatch.setenv(REPLAY, "")  # restored after the test
    monkeypatch.setattr(tape, "COMMITTED", recording)
    for module, name in ((engine, "ready"), (engine, "root_needed"), (standins, "ensure"), (consent, "ask")):
        monkeypatch.setattr(module, name, refused)
    monkeypatch.setattr(environment, "enter", lambda *arguments, **options: None)
    monkeypatch.setattr(copies, "update", list)
    monkeypatch.setattr(course_run, "run", start)
    monkeypatch.setattr(lab, "lab", start)
    yield started
    http.stop_playing()
    tape.stop()


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(("options", "pace"), [(["--replay"], "at-once"), (["--replay", "real-time"], "real-time")])
def test_a_replay_uses_no_engine_and_changes_nothing(
    options: list[str], pace: str, replaying: list[tuple[str, object]]
) -> None:
    assert command_line.main(["run", "01", *options]) == 0
    ((variable, client),) = replaying
    assert variable == pace and isinstance(client, DockerClient)
    assert client.api.api_version == ENGINE.api_version  # it answers as the recorded engine


@pytest.mark.usefixtures("no_engine")
def test_jupyterlab_replays_too(replaying: list[tuple[str, object]]) -> None:
    assert command_line.main(["lab", "--replay", "real-time"]) == 0
    assert replaying == [("real-time", None)]


@pytest.mark.usefixtures("no_engine")
def test_the_variable_alone_chooses_a_replay(
    replaying: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REPLAY, "at-once")
    assert command_line.main(["run", "01"]) == 0
    assert [variable for variable, _ in replaying] == ["at-once"]


@pytest.mark.usefixtures("no_engine")
def test_other_commands_are_about_this_machine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(REPLAY, "at-once")
    assert command_line.main(["doctor"]) == 1
    assert "[MISSING] Docker Engine" in capsys.readouterr().out and REPLAY not in os.environ


@pytest.mark.usefixtures("no_engine")
def test_doctor_lists_what_is_missing_and_ends_with_status_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["doctor"]) == 1
    output = capsys.readouterr().out
    assert "[OK]      Python:" in output
    assert f"[MISSING] Docker Engine: {NO_ENGINE} (DOCKER_HOST)" in output
    assert "→ Start the engine that DOCKER_HOST names" in output


def test_a_context_that_does_not_exist_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    assert command_line.main(["run", "01"]) == 2
    assert "'gone'" in capsys.readouterr().err


def test_an_old_python_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    assert command_line.main(["run"]) == 2
    output = capsys.readouterr().err
    assert "needs Python 3.11 or newer, but this is Python 3.8.18" in output
    assert "→" in output


def test_an_error_prints_its_message_and_hint_and_sets_the_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_after(EngineStopped("The engine stopped.", "Start it again."), monkeypatch) == 2
    assert capsys.readouterr().err == "The engine stopped.\n→ Start it again.\n"


def test_failed_claims_set_status_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert status_after(ClaimsFailed("Two claims failed."), monkeypatch) == 1


def test_a_full_disk_is_reported_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_after(OSError(28, "No space left on device", "/x/results"), monkeypatch) == 2
    assert "The disk is full" in capsys.readouterr().err


def test_an_unexpected_error_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PermissionError):
        status_after(PermissionError(13, "Permission denied"), monkeypatch)


def test_an_interrupt_is_reported_with_status_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_after(KeyboardInterrupt(), monkeypatch) == 130
    assert "Interrupted" in capsys.readouterr().err


def restore_sigint() -> None:
    """Undo SIG_IGN for Ctrl-C, which a background session passes on to its child processes."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


WAITS = """
import time
from pathlib import Path
import pytest

@pytest.fixture
def engine():
    yield
    time.sleep(1)  # as long as an engine takes to stop
    Path({stopped!r}).touch()

def test_waits(engine):
    print("READY", flush=True)
    time.sleep(60)
"""


@pytest.mark.machine
def test_ctrl_c_stops_the_command_once_pytest_has_stopped_its_engines(tmp_path: Path) -> None:
    waits, stopped = tmp_path / "test_waits.py", tmp_path / "stopped"
    waits.write_text(WAITS.format(stopped=str(stopped)))
    options = ["-c", str(PROJECT / "pyproject.toml"), f"--ignore-glob={PROJECT}/*/*/*", "-s", str(waits)]
    command = [sys.executable, "-m", "helpers", "test", "--fast", "--", *options, "-k", "test_waits"]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=restore_sigint,
    )
    assert process.stdout is not None
    assert any("READY" in line for line in process.stdout)
    os.killpg(process.pid, signal.SIGINT)
    output = process.stdout.read()
    assert process.wait(timeout=30) in (2, 130)
    assert stopped.exists(), output
    process.stdout.close()


@pytest.mark.engine
def test_doctor_reports_everything_as_available(client: DockerClient, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["doctor"]) == 0
    output = capsys.readouterr().out
    assert client.version()["Version"] in output
    for reference in REFERENCES:
        assert f"[OK]      Base image {reference}: " in output


class Registry:
    """A registry that answers as set; counts how often it is asked."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0

    def probe(self, client: object, reference: str, seconds: float | None = None) -> None:
        """Replaces `pull.probe`."""
        self.asked += 1
        if self.error:
            raise self.error


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Registry:
    """A registry for an engine that has a stand-in."""
    registry = Registry()
    images = (BaseImage("golang", "", "stand-in"),)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(registry_check, "probe", registry.probe)
    monkeypatch.setattr(standins, "present", lambda client: images)
    monkeypatch.setattr(standins, "ensure", lambda client, *, official, **_: print(f"{official=}") or images)
    monkeypatch.setattr(environment, "enter", lambda *arguments, **options: None)
    monkeypatch.setattr(engine, "ready", lambda *arguments: find())
    monkeypatch.setattr(course_run, "run", lambda *arguments, **options: 0)
    return registry


@pytest.mark.engine
@pytest.mark.parametrize(
    ("error", "line"),
    [
        (None, f"[OK]      Registry: {registry_check.OFFER}"),
        (RegistryOutOfReach("no such host."), "[OK]      Registry: out of reach, so stand-ins are used: no such host."),
        (BaseImageError("x509.", "Add the CA."), "[MISSING] Registry: x509.\n          → Add the CA."),
    ],
)
def test_doctor_says_whether_a_registry_has_the_official_images(
    client: DockerClient, registry: Registry, error: Exception | None, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    registry.error = error
    command_line.main(["doctor"])
    assert line in capsys.readouterr().out


@pytest.mark.engine
def test_a_start_offers_the_official_images_and_switches_only_on_demand(
    client: DockerClient, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["run", "00"]) == command_line.main(["run", "00"]) == 0
    output = capsys.readouterr().out
    assert output.count(registry_check.OFFER) == 2 and registry.asked == 1
    assert "official=True" not in output
    assert command_line.main(["run", "00", "--pull"]) == 0
    assert "official=True" in capsys.readouterr().out


@pytest.mark.engine
def test_a_dry_clean_lists_what_it_would_remove_and_removes_nothing(
    client: DockerClient, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{PREFIX}/of-a-test"
    (image,) = present(client, REFERENCES[1:])
    client.images.get(image.id).tag(name)
    try:
        assert command_line.main(["clean", "--dry-run"]) == 0
        assert f"Would remove image {name}:latest." in capsys.readouterr().out
        assert client.images.get(name)
    finally:
        client.images.remove(name)


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("part", ["daemon.stop", "own_packages.uninstall", "legacy_pth.clean"])
def test_clean_ends_with_what_is_left_and_status_one(
    part: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for each in ("daemon.stop", "own_packages.uninstall", "legacy_pth.clean"):
        cleaned = Cleaned(["Removed it."], ["It stays."] if each == part else [])
        monkeypatch.setattr(f"helpers.setup.{each}", lambda *_, cleaned=cleaned: cleaned)
    monkeypatch.setattr("helpers.setup.system_packages.how_to_remove", lambda: ["Remove the packages."])
    assert command_line.main(["clean"]) == 1
    assert capsys.readouterr().out.splitlines() == [*["Removed it."] * 3, "Remove the packages.", "It stays."]
    assert command_line.main(["clean", "--dry-run"]) == 0


@pytest.mark.engine
def test_clean_deletes_cached_stand_ins_only_on_request(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "dockerfile-workbook/stand-ins/golang-amd64-0123456789ab"
    folder.mkdir(parents=True)

    command_line.main(["clean", "--dry-run"])
    assert str(folder) not in capsys.readouterr().out
    command_line.main(["clean", "--dry-run", "--cache"])
    assert f"would remove folder {folder}" in capsys.readouterr().out
    assert folder.exists()
