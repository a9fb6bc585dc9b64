"""What BuildKit tells of a build, put together: each vertex with its times, its log, cached or not."""

import re
from binascii import a2b_base64
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from helpers.core.printable import printable
from helpers.core.records import Instruction
from helpers.engine.buildkit.proto.control_pb2 import StatusResponse, Vertex, VertexLog

_INSTRUCTION = re.compile(r"^\[(?:\S+ )?\d+/\d+\] ")


@dataclass
class Trace:
    """A build's account as it grows, message by message."""

    complete: bool = True  # False: a message could not be read
    warnings: list[str] = field(default_factory=list)
    instructions: tuple[int, int] = (0, 0)  # how many of the Dockerfile's have ended, and how many are known so far
    _vertexes: dict[str, Vertex] = field(default_factory=dict)
    _logs: dict[str, list[bytes]] = field(default_factory=dict)  # whole lines, by vertex
    _begun: dict[tuple[str, int], bytes] = field(default_factory=dict)  # a line without its end, by vertex and stream

    def add(self, encoded: str) -> StatusResponse:
        """Takes in one `moby.buildkit.trace` message; an unreadable one is noted and changes nothing else."""
        try:
            status = StatusResponse.FromString(a2b_base64(encoded, strict_mode=True))
        except (DecodeError, ValueError):  # not protobuf, not base64
            self.complete = False
            return StatusResponse()
        # Each message holds the whole vertex as it is now; a vertex that starts again (first asked of the cache, then
        # carried out) is told of anew, and the last account is the one that counts.
        if status.vertexes:  # most messages are lines of log
            self._vertexes.update((vertex.digest, vertex) for vertex in status.vertexes)
            self.instructions = self._count()
        for log in status.logs:
            self._add_log(log)
        self.warnings += [_text(warning.short) for warning in status.warnings]
        return status

    def _add_log(self, log: VertexLog) -> None:
        """Takes in a piece of a log. A line may come in several, and one of the other stream between them."""
        stream = (log.vertex, log.stream)
        lines, end, self._begun[stream] = (self._begun.get(stream, b"") + log.msg).rpartition(b"\n")
        if end:
            self._logs.setdefault(log.vertex, []).append(lines + end)

    def name(self, digest: str) -> str:
        """What the vertex is called, "" where it is not known."""
        vertex = self._vertexes.get(digest)
        return printable(vertex.name) if vertex else ""

    def last_line(self, digest: str) -> str:
        """The last whole line of the vertex's log, "" where there is none or it is blank."""
        *_, last = _text(self._logs.get(digest, [b""])[-1]).rstrip("\n").split("\n")
        return last.strip()

    def _log(self, digest: str) -> bytes:
        begun = (text for (vertex, _), text in self._begun.items() if vertex == digest)
        return b"".join([*self._logs.get(digest, []), *begun])

    def _count(self) -> tuple[int, int]:
        known = [vertex for vertex in self._vertexes.values() if is_instruction(vertex.name)]
        return sum(vertex.HasField("completed") for vertex in known), len(known)

    def vertexes(self) -> tuple[Instruction, ...]:
        """Everything that the engine did, its own steps included, in the order in which it was first told of."""
        begin = min((v.started.ToNanoseconds() for v in self._vertexes.values() if v.HasField("started")), default=0)
        return tuple(self._instruction(vertex, begin) for vertex in self._vertexes.values())

    def _instruction(self, vertex: Vertex, begin: int) -> Instruction:
        return Instruction(
            name=printable(vertex.name),
            digest=vertex.digest,
            inputs=tuple(vertex.inputs),
            cached=_cached(vertex),
            started=_seconds(vertex, "started", begin),
            completed=_seconds(vertex, "completed", begin),
            log=_text(self._log(vertex.digest)),
            error=printable(vertex.error),
        )


def is_instruction(name: str) -> bool:
    """Whether a vertex is a line of the Dockerfile, and not a step of the engine's own ("[internal] load …")."""
    return _INSTRUCTION.match(name) is not None


def _text(log: bytes) -> str:
    return printable(log.decode(errors="replace"))


def _cached(vertex: Vertex) -> bool | None:
    """None for what neither runs nor is cached: a FROM (which always says cached), and what was never finished."""
    if "] FROM " in vertex.name or not vertex.HasField("completed"):
        return None
    return vertex.cached


def _seconds(vertex: Vertex, part: str, begin: int) -> float | None:
    if not vertex.HasField(part):  # type: ignore[arg-type]
        return None
    time: Timestamp = getattr(vertex, part)
    return (time.ToNanoseconds() - begin) / 1e9
