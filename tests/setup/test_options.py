"""Tests that parse the commands and their options."""

import pytest

from helpers import commands

COMMANDS = ["run", "test", "lint", "lab", "doctor", "reset", "clean", "report", "export", "reference", "bench"]


def test_run_takes_sections_or_a_first_section() -> None:
    read = commands.read(["run", "05", "04-copy-go-mod-first", "--yes"])
    assert (read.command, read.section, read.yes) == ("run", ["05", "04-copy-go-mod-first"], True)
    assert commands.read(["run", "--from", "06"]).from_number == "06"


def test_bench_takes_names_and_repeats() -> None:
    read = commands.read(["bench", "build", "trace", "--repeats", "7"])
    assert (read.name, read.repeats) == (["build", "trace"], 7)
    assert commands.read(["bench"]).repeats == 5


def test_arguments_after_two_dashes_go_to_pytest() -> None:
    read = commands.read(["test", "--fast", "--", "-k", "health", "--", "-x"])
    assert read.fast
    assert read.passed_on == ["-k", "health", "--", "-x"]
    assert read.arguments == ["test", "--fast", "--", "-k", "health", "--", "-x"]


@pytest.mark.parametrize("command", COMMANDS)
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


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_help_text(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        commands.read([command, "--help"])
    assert caught.value.code == 0
    assert len(capsys.readouterr().out.split()) > 15
