"""The trace of a build, put together message by message: each vertex as it was last reported, its log, the warnings."""

from binascii import a2b_base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from google.protobuf.message import DecodeError

from buildkit_session._proto import control_pb2 as proto
from buildkit_session.events import (
    BuildWarning,
    ByteProgress,
    Event,
    LogLine,
    VertexAdded,
    VertexFinished,
    VertexStarted,
)
from buildkit_session.vertex import Vertex


@dataclass
class Trace:
    """A trace as it grows."""

    complete: bool = True  # False: a message could not be read
    warnings: list[BuildWarning] = field(default_factory=list)
    _vertexes: dict[str, Vertex] = field(default_factory=dict)
    _logs: dict[str, list[bytes]] = field(default_factory=dict)  # by vertex: whole lines, or what a vertex ended with
    _begun: dict[tuple[str, int], bytes] = field(default_factory=dict)  # a line without its end, by vertex and stream

    def add(self, encoded: str) -> list[Event]:
        """What one `moby.buildkit.trace` message reports; an unreadable one is noted and changes nothing else."""
        try:
            status = proto.StatusResponse.FromString(a2b_base64(encoded, strict_mode=True))
        except (DecodeError, ValueError):  # not protobuf, not base64
            self.complete = False
            return []
        reported = [_vertex(vertex) for vertex in status.vertexes]
        self._vertexes.update((vertex.digest, vertex) for vertex in reported)
        # Logs first: a message may report the last lines of a vertex beside its end.
        events: list[Event] = [line for log in status.logs for line in self._lines(log)]
        return [*events, *self._events(status, reported)] if _has_more_than_logs(status) else events

    def vertexes(self) -> tuple[Vertex, ...]:
        """Every step with its log, in the order in which the engine first reported them."""
        return tuple(replace(each, log=_text(self._log(digest))) for digest, each in self._vertexes.items())

    def _events(self, status: proto.StatusResponse, reported: Iterable[Vertex]) -> Iterator[Event]:
        for each in status.statuses:
            yield ByteProgress(self._known(each.vertex), each.ID, each.current, each.total, each.HasField("completed"))
        for vertex in reported:
            yield from self._reported(vertex)
        for warning in status.warnings:
            self.warnings.append(self._warning(warning))
            yield self.warnings[-1]

    def _reported(self, vertex: Vertex) -> Iterator[Event]:
        """The state of a vertex. Each report has the whole of it, and the last one counts."""
        if vertex.completed is not None:
            yield from self._rest(vertex)
            yield VertexFinished(vertex)
        else:
            yield VertexAdded(vertex) if vertex.started is None else VertexStarted(vertex)

    def _lines(self, log: proto.VertexLog) -> list[LogLine]:
        """The lines that a piece of a log ends. A line may come in pieces, and one of the other stream between them."""
        stream = (log.vertex, log.stream)
        lines, end, self._begun[stream] = (self._begun.get(stream, b"") + log.msg).rpartition(b"\n")
        if not end:
            return []
        self._logs.setdefault(log.vertex, []).append(lines + end)
        vertex = self._known(log.vertex)
        return [LogLine(vertex, line.removesuffix("\r"), log.stream) for line in _text(lines).split("\n")]

    def _rest(self, vertex: Vertex) -> Iterator[LogLine]:
        """What a vertex that has ended wrote without the end of a line."""
        for stream in [key for key, text in self._begun.items() if key[0] == vertex.digest and text]:
            text = self._begun.pop(stream)
            self._logs.setdefault(vertex.digest, []).append(text)
            yield LogLine(vertex, _text(text), stream[1])

    def _warning(self, warning: proto.VertexWarning) -> BuildWarning:
        return BuildWarning(
            _text(warning.short),
            self._known(warning.vertex),
            tuple(map(_text, warning.detail)),
            warning.url,
            warning.info.filename,
            warning.ranges[0].start.line if warning.ranges else 0,
        )

    def _known(self, digest: str) -> Vertex:
        return self._vertexes.get(digest) or Vertex(digest)

    def _log(self, digest: str) -> bytes:
        begun = (text for (vertex, _), text in self._begun.items() if vertex == digest)
        return b"".join([*self._logs.get(digest, []), *begun])


def _has_more_than_logs(status: proto.StatusResponse) -> bool:
    """Most messages of a long build have one line of log and nothing else."""
    return bool(status.vertexes or status.statuses or status.warnings)


def _vertex(reported: proto.Vertex) -> Vertex:
    return Vertex(
        digest=reported.digest,
        name=reported.name,
        inputs=tuple(reported.inputs),
        started=_nanoseconds(reported, "started"),
        completed=_nanoseconds(reported, "completed"),
        cached=reported.cached,
        error=reported.error,
    )


def _nanoseconds(reported: proto.Vertex, part: Literal["started", "completed"]) -> int | None:
    return getattr(reported, part).ToNanoseconds() if reported.HasField(part) else None


def _text(log: bytes) -> str:
    return log.decode(errors="replace")
