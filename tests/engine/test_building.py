"""Errors of failed builds: the place, what happened, and a hint."""

from pathlib import Path

import pytest

from helpers.core.errors import BuildFailed, DiskFull, EngineStopped, WorkbookError
from helpers.engine.building import CACHE_NAMESPACE, command_line, explain
from helpers.engine.buildkit import Context, Request, Result
from tests.engine.buildkit.test_answer import read

DOCKERFILE = """\
FROM golang:1.19-bullseye AS build
WORKDIR /app
COPY go.mod {extra}./
RUN download && \\
    sleep 1
# a comment
COPY . .
RUN echo about to fail
FROM scratch
COPY --from=build /program /program
"""


def explained(name: str, dockerfile: str = DOCKERFILE) -> WorkbookError:
    """The error for a recorded response."""
    answer, _ = read(name)
    result = Result(1.0, 0, answer.trace.vertexes(), error=answer.verdict)
    return explain(result, Request(Context(Path("api")), dockerfile), "dockerfiles/05.Dockerfile")


def test_a_failing_run_names_its_line_and_last_log_lines() -> None:
    error = explained("20.10-failing-run")
    assert isinstance(error, BuildFailed)
    assert "dockerfiles/05.Dockerfile, line 8" in error.message
    assert "exit code: 1" in error.message and "| about to fail" in error.message


def test_a_missing_file_names_the_folder_and_the_dockerignore() -> None:
    error = explained("20.10-missing-file", DOCKERFILE.format(extra="nothing.txt "))
    assert "line 3" in error.message and "'nothing.txt'" in error.message and "api/" in error.message
    assert ".dockerignore" in error.hint


def test_an_unknown_instruction_names_its_line() -> None:
    error = explained("20.10-unknown-instruction")
    assert error.message == "dockerfiles/05.Dockerfile, line 9: unknown instruction: LABLE."


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write /x: no space left on device", DiskFull),
        ("rpc error: code = Unavailable desc = transport is closing", EngineStopped),
        ("an unknown error", BuildFailed),
    ],
)
def test_every_error_becomes_a_workbook_error(text: str, kind: type[WorkbookError]) -> None:
    error = explain(Result(1.0, 0, (), error=text), Request(Context(Path("api")), DOCKERFILE), "Dockerfile")
    assert type(error) is kind and text in error.message and error.hint


def test_the_command_line_is_equivalent() -> None:
    request = Request(Context(Path("my api")), DOCKERFILE, tag="a/b", target="build", no_cache=True)
    assert command_line(request, "d/05.Dockerfile") == (
        "docker build --no-cache -f d/05.Dockerfile -t a/b --target build 'my api'"
    )


def test_the_command_line_has_only_names_of_build_arguments() -> None:
    build_args = {"TOKEN": "tok-4711-abcdef", "MODE": "dev", CACHE_NAMESPACE: "ours"}
    request = Request(Context(Path("api")), DOCKERFILE, build_args=build_args)
    assert command_line(request, "Dockerfile") == "docker build -f Dockerfile --build-arg MODE --build-arg TOKEN api"


def test_errors_contain_no_control_characters() -> None:
    error = WorkbookError("\x1b[2Jcleared \x1b]0;owned\x07title", "\u202efix\r\n")
    assert (str(error), error.args) == ("cleared title\n→ fix\n", ("cleared title",))
