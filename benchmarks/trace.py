"""The engine's account of a build with 100,000 lines of log, from the text of the answer to instructions with logs."""

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
    """Seconds of decoding."""
    recorded = messages(_LINES)
    yield alone(NAME, f"{_LINES:,} log lines", lambda: seconds(lambda: decode(recorded)), _LIMIT, place.repeats)


def decode(recorded: list[str]) -> Answer:
    """The answer, read to its end, with everything that it told."""
    answer, report = Answer(), Reporter(silent)
    for message in recorded:
        for event in answer.add(json.loads(message)):
            report(event)
    instructions(answer.trace.vertexes())
    return answer


def messages(lines: int) -> list[str]:
    """A recorded trace as engines send one: all vertexes first, then each line of log in a message of its own."""
    vertexes = [_vertex(number) for number in range(_INSTRUCTIONS)]
    logs = (_log(vertexes[line % _INSTRUCTIONS].digest, line) for line in range(lines))
    begun = StatusResponse(vertexes=vertexes)
    return [_message(begun), *(_message(StatusResponse(logs=[log])) for log in logs), _message(_ended(vertexes))]


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
