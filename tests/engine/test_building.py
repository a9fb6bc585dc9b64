"""Errors of failed builds: the place, what happened, and a hint."""

import base64
import json
from pathlib import Path

import pytest
from buildkit_session import Context, Result, parse_name
from buildkit_session import Vertex as Step
from buildkit_session._answer import Answer
from buildkit_session._proto.control_pb2 import StatusResponse, Vertex, VertexLog

from helpers.core.errors import BuildFailed, DiskFull, EngineStopped, WorkbookError
from helpers.core.records import Instruction, Progress
from helpers.engine.build_progress import Reporter, instructions
from helpers.engine.building import CACHE_NAMESPACE, command_line, explain
from helpers.engine.request import Request

RECORDED = Path(__file__).parents[2] / "packages/docker-buildkit-session/tests/recorded"

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


def read(name: str) -> tuple[Answer, list[Progress]]:
    """A recorded answer, read to its end, and what a listener heard."""
    heard: list[Progress] = []
    answer, report = Answer(), Reporter(heard.append)
    for line in (RECORDED / f"{name}.jsonl").read_text().splitlines():
        for event in answer.add(json.loads(line)):
            report(event)
    return answer, heard


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


def test_the_step_that_failed_is_named_and_not_one_that_was_canceled_with_it() -> None:
    steps = (
        Step("1", "[internal] load metadata for docker.io/library/golang:latest", error="context canceled"),
        Step("2", "[internal] load metadata for docker.io/library/other:2", error="no such host"),
    )
    request = Request(Context(Path("api")), "FROM golang\nCOPY --from=other:2 /a /\n")
    error = explain(Result(1.0, 0, steps, error="no such host"), request, "Dockerfile")
    assert error.message.startswith("Dockerfile, line 2: the engine doesn't have the image other:2")


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


def test_the_command_line_has_only_names_of_secrets() -> None:
    request = Request(Context(Path("api")), DOCKERFILE, secrets={"TOKEN": "tok-4711-abcdef"})
    assert command_line(request, "Dockerfile") == "docker build -f Dockerfile --secret id=TOKEN api"


def test_errors_contain_no_control_characters() -> None:
    error = WorkbookError("\x1b[2Jcleared \x1b]0;owned\x07title", "\u202efix\r\n")
    assert (str(error), error.args) == ("cleared title\n→ fix\n", ("cleared title",))


def steps(name: str) -> dict[str, Instruction]:
    """The Dockerfile's own instructions in a recorded answer, by their text."""
    records = instructions(read(name)[0].trace.vertexes())
    return {step.text: step for step in records if parse_name(step.name)}


def test_a_base_image_is_neither_run_nor_cached() -> None:
    found = steps("20.10-cold").values()
    assert [step.cached for step in found if step.keyword in ("RUN", "COPY")] == 5 * [False]
    assert [step.cached for step in found if step.keyword == "FROM"] == [None]


def test_times_count_from_the_first_step() -> None:
    found = instructions(read("20.10-cold")[0].trace.vertexes())
    assert min(step.started for step in found if step.started is not None) == 0
    download = next(step for step in found if "sleep 0.3" in step.text)
    assert download.seconds is not None and 0.3 < download.seconds < 3


def test_downloads_are_counted_in_the_log() -> None:
    assert sum(step.modules_downloaded for step in steps("20.10-cold").values()) == 2
    assert sum(step.modules_downloaded for step in steps("20.10-source-edit").values()) == 0


def test_progress_is_reported() -> None:
    _, reported = read("20.10-cold")
    assert any("RUN" in progress.what and progress.total == 7 for progress in reported)
    assert any(progress.detail == "go: downloading example.com/b v2.0.0" for progress in reported)


def test_a_trace_yields_no_control_characters() -> None:
    reported: list[Progress] = []
    answer, report = Answer(), Reporter(reported.append)
    vertex = Vertex(digest="1", name="[1/1] RUN \x1b]0;owned\x07\x1b[31mtalk", error="\x9b2Jbroken")
    logs = (b"\x1b[", b"31mred\x1b]0;ow", b"ned\x07\xc2\x9b2J\r\n10 %\r20 %\n")
    statuses = [StatusResponse(vertexes=[vertex])]
    statuses += [StatusResponse(logs=[VertexLog(vertex="1", stream=1, msg=text)]) for text in logs]
    for status in statuses:
        aux = base64.b64encode(status.SerializeToString()).decode()
        for event in answer.add({"id": "moby.buildkit.trace", "aux": aux}):
            report(event)
    (step,) = instructions(answer.trace.vertexes())
    assert (step.name, step.error, step.log) == ("[1/1] RUN talk", "broken", "red\n20 %\n")
    assert [progress.detail for progress in reported] == ["red", "20 %"]
    error = explain(Result(1.0, 0, (), error="\x1b[2Jno"), Request(Context(Path("api")), DOCKERFILE), "Dockerfile")
    assert "no" in error.message and "\x1b" not in error.message


@pytest.mark.parametrize(
    "name",
    [
        "[1/2] RUN make",
        "[build  4/12] RUN make",
        "[stage-1 10/12] COPY --from=build /a /b",
        "[linux/arm64 build 4/6] RUN go build",
        "[linux/arm/v7  2/11] RUN make",
        "[linux/amd64->arm64 build 2/3] RUN a\nb",
        "[internal] load build definition from Dockerfile",
        "exporting to image",
    ],
)
def test_records_read_the_names_of_steps_as_the_builds_do(name: str) -> None:
    step, known = Instruction(name), parse_name(name)
    assert (step.text, step.stage, step.position) == (
        (known.text, known.stage, known.position) if known else (name, "", 0)
    )
