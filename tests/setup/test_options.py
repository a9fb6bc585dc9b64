"""Tests that parse the commands and their options."""

import re

import pytest

from helpers import commands

OPTIONS = {
    "run": {"SECTION", "--from", "--repeats", "--variants", "--pull", "--replay", "--fresh", "--yes"},
    "test": {"--fast", "--yes"},
    "lint": set[str](),
    "lab": {"--pull", "--replay", "--yes"},
    "doctor": set[str](),
    "reset": {"SECTION"},
    "clean": {"--dry-run", "--cache"},
    "report": set[str](),
    "export": {"FOLDER"},
    "record": {"--yes"},
    "reference": set[str](),
    "bench": {"NAME", "--repeats", "--yes"},
}


def test_run_takes_sections_or_a_first_section() -> None:
    read = commands.read(["run", "05", "04-copy-go-mod-first", "--yes"])
    assert (read.command, read.section, read.yes) == ("run", ["05", "04-copy-go-mod-first"], True)
    assert commands.read(["run", "--from", "06"]).from_number == "06"


@pytest.mark.parametrize("command", ["run", "lab"])
def test_a_replay_is_at_once_unless_a_pace_is_given(command: str) -> None:
    assert commands.read([command]).replay == ""
    assert commands.read([command, "--replay"]).replay == "at-once"
    assert commands.read([command, "--replay", "real-time"]).replay == "real-time"
    assert commands.read(["run", "05", "--replay"]).section == ["05"]


def test_bench_takes_names_and_repeats() -> None:
    read = commands.read(["bench", "build", "trace", "--repeats", "7"])
    assert (read.name, read.repeats) == (["build", "trace"], 7)
    assert commands.read(["bench"]).repeats == 5


def test_arguments_after_two_dashes_go_to_pytest() -> None:
    read = commands.read(["test", "--fast", "--", "-k", "health", "--", "-x"])
    assert read.fast
    assert read.passed_on == ["-k", "health", "--", "-x"]
    assert read.arguments == ["test", "--fast", "--", "-k", "health", "--", "-x"]


@pytest.mark.parametrize("command", OPTIONS)
def test_consent_is_off_by_default(command: str) -> None:
    assert commands.read([command]).yes is False


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["rnu"],
        ["run", "--form", "06"],
        ["run", "--from"],
        ["run", "--repeats", "0"],
        ["clean", "--yes"],
        ["reset", "01", "02"],
        ["run", "--replay", "slowly"],
        ["run", "--replay", "at-once", "--repeats", "3"],
        ["lab", "--replay", "--pull"],
        ["test", "--replay"],
        ["bench", "--repeats", "0"],
        ["bench", "--repeats", "often"],
    ],
)
def test_invalid_arguments_end_with_status_two_and_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        commands.read(arguments)
    assert caught.value.code == 2
    assert "usage: python3 -m helpers" in capsys.readouterr().err


def help_text(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the command prints about itself, on lines that are not wrapped."""
    with pytest.raises(SystemExit) as caught:
        commands.read([*arguments, "--help"])
    assert caught.value.code == 0
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal so wide that no line is wrapped."""
    monkeypatch.setenv("COLUMNS", "500")


def test_the_help_lists_every_command_with_its_purpose(capsys: pytest.CaptureFixture[str]) -> None:
    listed = dict(re.findall(r"^    (\w+)\s+(\S.*)$", help_text([], capsys), re.MULTILINE))
    assert listed.keys() == OPTIONS.keys()


@pytest.mark.parametrize(("command", "options"), OPTIONS.items())
def test_a_commands_help_describes_it_and_every_option(
    command: str, options: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = help_text([command], capsys)
    _, description, *_ = text.split("\n\n")
    assert re.fullmatch(r"[A-Z][^\n]{20,}\.", description)
    described = dict(re.findall(r"^  (--[a-z-]+|[A-Z]+)(?: \[?[A-Z]+\]?)? +([a-z].{10,})$", text, re.MULTILINE))
    assert described.keys() == options
