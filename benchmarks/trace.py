"""Decoding the trace of a build with 100,000 log lines, from response text to instructions with logs."""

import base64
import json
from collections.abc import Iterator

from buildkit_session._answer import Answer
from buildkit_session._proto.control_pb2 import StatusResponse, Vertex, VertexLog

from benchmarks.pair import alone, seconds
from benchmarks.result import Result
from benchmarks.workplace import Workplace
from helpers.engine.build_progress import Reporter, instructions, silent

NAME = "trace"
_LINES, _INSTRUCTIONS = 100_000, 12
_LIMIT = 1.0  # seconds


def measure(place: Workplace) -> Iterator[Result]:
    """Measures the seconds that decoding takes."""
    recorded = messages(_LINES)
    yield alone(NAME, f"{_LINES:,} log lines", lambda: seconds(lambda: decode(recorded)), _LIMIT, place.repeats)


def decode(recorded: list[str]) -> Answer:
    """Decodes a recorded response completely."""
    answer, report = Answer(), Reporter(silent)
    for message in recorded:
        for event in answer.add(json.loads(message)):
            report(event)
    instructions(answer.trace.vertexes())
    return answer


def messages(lines: int) -> list[str]:
    """A generated trace in the form engines send: all vertexes first, then one message per log line."""
    vertexes = [_vertex(number) for number in range(_INSTRUCTIONS)]
    logs = (_log(vertexes[line % _INSTRUCTIONS].digest, line) for line in range(lines))
    started = StatusResponse(vertexes=vertexes)
    return [_message(started), *(_message(StatusResponse(logs=[log])) for log in logs), _message(_ended(vertexes))]


def _vertex(number: int) -> Vertex:
    name = f"[build {number + 1}/{_INSTRUCTIONS}] RUN make part-{number}"
    vertex = Vertex(digest=f"sha256:{number:064x}", name=name)
    vertex.started.FromSeconds(number)
    return vertex


def _log(vertex: str, line: int) -> VertexLog:
    text = f"go: downloading example.org/module/of/a/usual/length v1.{line}.0\n"
    return VertexLog(vertex=vertex, stream=2, msg=text.encode())


def _ended(vertexes: list[Vertex]) -> StatusResponse:
    for vertex in vertexes:
        vertex.completed.seconds = vertex.started.seconds + 1
    return StatusResponse(vertexes=vertexes)


def _message(status: StatusResponse) -> str:
    aux = base64.b64encode(status.SerializeToString()).decode()
    return json.dumps({"id": "moby.buildkit.trace", "aux": aux})
