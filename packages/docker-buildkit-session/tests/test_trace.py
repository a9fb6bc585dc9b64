"""What engines report of a build, read from recorded answers."""

import base64
import json
from pathlib import Path

import pytest
from buildkit_session import (
    BuildWarning,
    ByteProgress,
    Event,
    LogLine,
    Vertex,
    VertexAdded,
    VertexFinished,
    VertexStarted,
)
from buildkit_session._answer import Answer
from buildkit_session._proto import control_pb2 as proto

RECORDED = Path(__file__).parent / "recorded"


def read(name: str) -> tuple[Answer, list[Event]]:
    """The answer, read to its end, and its events."""
    answer = Answer()
    messages = map(json.loads, (RECORDED / f"{name}.jsonl").read_text().splitlines())
    return answer, [event for message in messages for event in answer.add(message)]


def instructions(answer: Answer) -> dict[str, Vertex]:
    """The Dockerfile's own instructions by their text."""
    return {vertex.instruction.text: vertex for vertex in answer.trace.vertexes() if vertex.instruction}


def encoded(status: proto.StatusResponse) -> dict[str, str]:
    """A message with that report."""
    return {"id": "moby.buildkit.trace", "aux": base64.b64encode(status.SerializeToString()).decode()}


ENGINES = sorted(path.stem.removesuffix("-cold") for path in RECORDED.glob("*-cold.jsonl"))
COLD = [f"{engine}-cold" for engine in ENGINES]


def test_three_versions_are_recorded_two_of_them_with_the_containerd_store() -> None:
    assert ENGINES == ["20.10", "26.1", "26.1-containerd", "28.5", "28.5-containerd"]


@pytest.mark.parametrize("name", COLD)
def test_a_cold_build_ran_every_run_and_every_copy(name: str) -> None:
    answer, _ = read(name)
    steps = {text: step for text, step in instructions(answer).items() if text.startswith(("RUN", "COPY"))}
    assert len(steps) >= 5 and not any(step.cached for step in steps.values())
    assert answer.image_id.startswith("sha256:") and answer.verdict == "" and answer.trace.complete


@pytest.mark.parametrize("name", COLD)
def test_every_step_of_a_cold_build_starts_and_finishes(name: str) -> None:
    _, events = read(name)
    started = {event.vertex.digest for event in events if isinstance(event, VertexStarted)}
    finished = {event.vertex.digest for event in events if isinstance(event, VertexFinished)}
    known = {event.vertex.digest for event in events if isinstance(event, VertexAdded)} | started | finished
    assert finished == known and len(started) > 5


@pytest.mark.parametrize("name", COLD)
def test_seconds_are_the_engines_own(name: str) -> None:
    slept = next(step for text, step in instructions(read(name)[0]).items() if "sleep 0.3" in text)
    assert slept.seconds is not None and 0.3 < slept.seconds < 3


@pytest.mark.parametrize("name", COLD)
def test_stages_are_told_apart(name: str) -> None:
    steps = instructions(read(name)[0])
    first = steps["WORKDIR /app"].instruction
    last = steps["COPY --from=build /program /program"].instruction
    assert first and first.stage == "build"
    assert last and last.stage == "stage-1"


@pytest.mark.parametrize("name", COLD)
def test_inputs_lead_from_each_step_to_the_one_before(name: str) -> None:
    steps = read(name)[0].trace.vertexes()
    known = {step.digest for step in steps}
    assert all(set(step.inputs) <= known for step in steps)


@pytest.mark.parametrize("name", COLD)
def test_the_log_comes_line_by_line_and_whole(name: str) -> None:
    answer, events = read(name)
    (step,) = (step for step in answer.trace.vertexes() if "sleep 0.3" in step.name)
    lines = [event.text for event in events if isinstance(event, LogLine) and event.vertex.digest == step.digest]
    assert lines == step.log.splitlines() and len(lines) >= 2


@pytest.mark.parametrize("engine", ENGINES)
def test_a_source_edit_leaves_what_came_before_it_cached(engine: str) -> None:
    steps = instructions(read(f"{engine}-source-edit")[0])
    assert steps["COPY go.mod ./"].cached
    assert not steps["COPY . ."].cached and not steps["RUN echo compiled > /program"].cached


@pytest.mark.parametrize("engine", ENGINES)
def test_a_failing_instruction_has_the_error_and_its_log(engine: str) -> None:
    answer, _ = read(f"{engine}-failing-run")
    failed = next(step for step in instructions(answer).values() if step.error)
    assert failed.instruction and failed.instruction.text.startswith("RUN echo about to fail")
    assert failed.log == "about to fail\n"
    assert "exit code: 1" in answer.verdict and answer.image_id == ""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_that_is_not_in_the_context_is_named(engine: str) -> None:
    answer, _ = read(f"{engine}-missing-file")
    assert '"/nothing.txt"' in answer.verdict and "not found" in answer.verdict
    assert any('"/nothing.txt"' in step.error for step in answer.trace.vertexes())


@pytest.mark.parametrize("engine", ENGINES)
def test_an_unknown_instruction_has_its_line(engine: str) -> None:
    answer, _ = read(f"{engine}-unknown-instruction")
    assert "line 9: unknown instruction: LABLE" in answer.verdict


@pytest.mark.parametrize(
    ("engine", "text"),
    [("26.1", "Empty continuation line found in: RUN echo"), ("28.5", "NoEmptyContinuation: Empty continuation line")],
)
def test_a_recorded_warning_has_its_line_and_its_page(engine: str, text: str) -> None:
    answer, events = read(f"{engine}-warning")
    (warning,) = answer.trace.warnings
    assert warning in events and warning.text.startswith(text)
    assert warning.url.startswith("https://") and (warning.file, warning.line) == ("Dockerfile", 6)


@pytest.mark.parametrize("name", COLD)
def test_bytes_of_the_context_are_reported(name: str) -> None:
    transfers = [event for event in read(name)[1] if isinstance(event, ByteProgress)]
    assert any("transferring" in event.name and event.completed and event.current > 0 for event in transfers)


def test_an_unreadable_message_is_noted_and_the_image_is_there() -> None:
    answer = Answer()
    for position, line in enumerate((RECORDED / "20.10-cold.jsonl").read_text().splitlines()):
        message = json.loads(line)
        if position == 5 and message.get("id") == "moby.buildkit.trace":
            message["aux"] = base64.b64encode(b"\xff\xff\xff").decode()
        answer.add(message)
    assert not answer.trace.complete
    assert answer.verdict == "" and answer.image_id.startswith("sha256:")


def test_what_is_no_base64_is_noted_too() -> None:
    answer = Answer()
    assert answer.add({"id": "moby.buildkit.trace", "aux": "§"}) == []
    assert not answer.trace.complete


def test_an_answer_with_neither_image_nor_error_is_a_failure() -> None:
    assert "neither" in Answer().verdict


def test_unknown_messages_are_passed_over() -> None:
    answer = Answer()
    assert answer.add({"stream": "hello"}) == []
    assert answer.trace.complete and not answer.error


def test_lines_stay_whole_though_they_come_in_pieces_and_from_two_streams() -> None:
    answer = Answer()
    vertex = proto.Vertex(digest="1", name="[1/1] RUN talk")
    events = answer.add(encoded(proto.StatusResponse(vertexes=[vertex])))
    for stream, text in ((1, b"tok-"), (2, b"warning\n"), (1, b"4711\nnext\r\n"), (1, b"the end"), (2, b" of it")):
        events += answer.add(encoded(proto.StatusResponse(logs=[proto.VertexLog(vertex="1", stream=stream, msg=text)])))
    assert answer.trace.vertexes()[0].log == "warning\ntok-4711\nnext\r\nthe end of it"
    vertex.completed.FromSeconds(1)
    events += answer.add(encoded(proto.StatusResponse(vertexes=[vertex])))
    lines = [(event.stream, event.text) for event in events if isinstance(event, LogLine)]
    assert lines == [(2, "warning"), (1, "tok-4711"), (1, "next"), (1, "the end"), (2, " of it")]
    assert answer.trace.vertexes()[0].log == "warning\ntok-4711\nnext\r\nthe end of it"


def test_a_warning_has_its_line_and_its_page() -> None:
    warning = proto.VertexWarning(vertex="1", short=b"Empty continuation line", detail=[b"more"], url="https://docs")
    warning.info.filename = "Dockerfile"
    warning.ranges.add().start.line = 7
    answer = Answer()
    (event,) = answer.add(encoded(proto.StatusResponse(warnings=[warning])))
    expected = BuildWarning("Empty continuation line", Vertex("1"), ("more",), "https://docs", "Dockerfile", 7)
    assert event == expected and answer.trace.warnings == [expected]
