"""What the engine says of a build, read from recorded answers."""

import base64
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from helpers.core.records import Instruction, Progress
from helpers.engine.buildkit.answer import Answer
from helpers.engine.buildkit.proto.control_pb2 import StatusResponse, Vertex, VertexLog
from helpers.engine.buildkit.trace import is_instruction

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> Iterator[dict[str, Any]]:
    """The messages of one answer."""
    yield from map(json.loads, (RECORDED / f"{name}.jsonl").read_text().splitlines())


def read(name: str) -> tuple[Answer, list[Progress]]:
    """The answer, read to its end, and what a listener heard."""
    heard: list[Progress] = []
    answer = Answer(heard.append)
    for message in recorded(name):
        answer.add(message)
    return answer, heard


def instructions(answer: Answer) -> dict[str, Instruction]:
    """The Dockerfile's own instructions by their text."""
    return {vertex.text: vertex for vertex in answer.trace.vertexes() if is_instruction(vertex.name)}


def test_a_cold_build_ran_every_run_and_every_copy() -> None:
    answer, _ = read("20.10-cold")
    steps = instructions(answer).values()
    assert [step.cached for step in steps if step.keyword in ("RUN", "COPY")] == 5 * [False]
    assert [step.cached for step in steps if step.keyword == "FROM"] == [None]
    assert answer.image_id.startswith("sha256:") and answer.verdict == ""


def test_seconds_are_the_engines_own() -> None:
    steps = instructions(read("20.10-cold")[0])
    download = next(step for text, step in steps.items() if "sleep 0.3" in text)
    assert download.seconds is not None and 0.3 < download.seconds < 3


def test_a_source_edit_leaves_what_came_before_it_cached() -> None:
    steps = instructions(read("20.10-source-edit")[0])
    assert steps["COPY go.mod ./"].cached is True
    assert steps["COPY . ."].cached is False
    assert steps["RUN echo compiled > /program"].cached is False


def test_stages_are_told_apart() -> None:
    steps = instructions(read("20.10-cold")[0])
    assert steps["WORKDIR /app"].stage == "build"
    assert steps["COPY --from=build /program /program"].stage == "stage-1"


def test_downloads_are_counted_in_the_log() -> None:
    steps = instructions(read("20.10-cold")[0])
    assert sum(step.modules_downloaded for step in steps.values()) == 2
    cached = instructions(read("20.10-source-edit")[0])
    assert sum(step.modules_downloaded for step in cached.values()) == 0


def test_a_failing_instruction_carries_the_error_and_its_log() -> None:
    answer, _ = read("20.10-failing-run")
    failed = next(step for step in instructions(answer).values() if step.error)
    assert failed.text.startswith("RUN echo about to fail") and failed.log == "about to fail\n"
    assert "exit code: 1" in answer.verdict and answer.image_id == ""


def test_inputs_lead_from_each_instruction_to_the_one_before() -> None:
    answer, _ = read("20.10-cold")
    names = {vertex.digest: vertex.name for vertex in answer.trace.vertexes()}
    base, *steps = instructions(answer).values()
    context = "[internal] load build context"
    expected = [
        [before.name, context] if step.text.startswith("COPY") and "--from" not in step.text else [before.name]
        for before, step in pairwise([base, *steps])
    ]
    assert base.inputs == ()
    assert [[names[digest] for digest in step.inputs] for step in steps] == expected


def test_a_listener_hears_what_is_done_and_how_far() -> None:
    _, heard = read("20.10-cold")
    assert any("RUN" in progress.what and progress.total == 7 for progress in heard)
    assert any(progress.detail == "go: downloading example.com/b v2.0.0" for progress in heard)


def test_a_damaged_trace_is_noted_and_the_image_stands() -> None:
    answer = Answer(lambda progress: None)
    for position, message in enumerate(recorded("20.10-cold")):
        if position == 5 and message.get("id") == "moby.buildkit.trace":
            message["aux"] = base64.b64encode(b"\xff\xff\xff").decode()
        answer.add(message)
    assert not answer.trace.complete
    assert answer.verdict == "" and answer.image_id.startswith("sha256:")


def test_what_is_no_base64_is_damage_too() -> None:
    answer = Answer(lambda progress: None)
    answer.add({"id": "moby.buildkit.trace", "aux": "§"})
    assert not answer.trace.complete


def test_an_answer_with_neither_image_nor_error_is_a_failure() -> None:
    assert "neither" in Answer(lambda progress: None).verdict


def test_messages_of_no_meaning_to_us_are_passed_over() -> None:
    answer = Answer(lambda progress: None)
    answer.add({"stream": "hello"})
    assert answer.trace.complete and not answer.error


def logged(*pieces: tuple[int, bytes]) -> tuple[Answer, list[Progress]]:
    """An answer in which one instruction logs these pieces, each in a message, on stream 1 or 2."""
    heard: list[Progress] = []
    answer = Answer(heard.append)
    name = "[1/1] RUN \x1b]0;owned\x07\x1b[31mtalk"
    vertex = StatusResponse(vertexes=[Vertex(digest="sha256:1", name=name, error="\x9b2Jbroken")])
    logs = [StatusResponse(logs=[VertexLog(vertex="sha256:1", stream=stream, msg=text)]) for stream, text in pieces]
    for status in (vertex, *logs):
        answer.add({"id": "moby.buildkit.trace", "aux": base64.b64encode(status.SerializeToString()).decode()})
    return answer, heard


def test_lines_stay_whole_though_they_come_in_pieces_and_from_two_streams() -> None:
    answer, heard = logged((1, b"tok-"), (2, b"warning\n"), (1, b"4711\nnext\n"), (1, b"the end"), (2, b" of it"))
    assert answer.trace.vertexes()[0].log == "warning\ntok-4711\nnext\nthe end of it"
    assert [progress.detail for progress in heard] == ["warning", "next"]


def test_nothing_that_controls_a_terminal_comes_out_of_a_trace() -> None:
    answer, heard = logged((1, b"\x1b["), (1, b"31mred\x1b]0;ow"), (1, b"ned\x07\xc2\x9b2J\r\n10 %\r20 %\n"))
    step = answer.trace.vertexes()[0]
    assert (step.name, step.error, step.log) == ("[1/1] RUN talk", "broken", "red\n20 %\n")
    assert [(progress.what, progress.detail) for progress in heard] == [("[1/1] RUN talk", "20 %")]
    answer.add({"errorDetail": {"message": "\x1b[2Jno"}})
    assert answer.verdict == "no"
