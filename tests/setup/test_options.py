"""The commands and their options."""

import pytest

from helpers.setup import options

COMMANDS = ["run", "test", "lab", "doctor", "reset", "clean", "report", "export", "reference", "bench"]


def test_run_takes_sections_and_where_to_begin() -> None:
    read = options.read(["run", "05", "04-copy-go-mod-first", "--yes"])
    assert (read.command, read.section, read.yes) == ("run", ["05", "04-copy-go-mod-first"], True)
    assert options.read(["run", "--from", "06"]).from_number == "06"


def test_bench_takes_names_and_how_often() -> None:
    read = options.read(["bench", "build", "trace", "--repeats", "7"])
    assert (read.name, read.repeats) == (["build", "trace"], 7)
    assert options.read(["bench"]).repeats == 5


def test_what_follows_two_dashes_is_pytests() -> None:
    read = options.read(["test", "--fast", "--", "-k", "health", "--", "-x"])
    assert read.fast
    assert read.passed_on == ["-k", "health", "--", "-x"]
    assert read.arguments == ["test", "--fast", "--", "-k", "health", "--", "-x"]


@pytest.mark.parametrize("command", COMMANDS)
def test_consent_is_never_taken_for_granted(command: str) -> None:
    assert options.read([command]).yes is False


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
def test_misuse_ends_with_status_two_and_the_way_to_help(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        options.read(arguments)
    assert caught.value.code == 2
    assert "usage: python3 -m helpers" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        options.read([command, "--help"])
    assert caught.value.code == 0
    assert len(capsys.readouterr().out.split()) > 15
