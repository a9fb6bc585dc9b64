"""A build's events, turned into progress reports while it runs and instruction records at its end."""

from collections.abc import Callable, Sequence

from buildkit_session import Event, LogLine, Vertex, VertexAdded, VertexFinished, VertexStarted

from helpers.core.printable import printable
from helpers.core.records import Instruction, Progress

Listener = Callable[[Progress], None]
OnEvent = Callable[[Event], None]


def silent(progress: Progress) -> None:
    """A listener that ignores progress."""


def unheard(event: Event) -> None:
    """A callback that ignores events."""


class Reporter:
    """A callback for a build's events that reports each step that starts, and each line of log, to a listener."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._names: dict[str, str] = {}  # of each step, printable, by digest
        self._ended: dict[str, bool] = {}  # whether each known instruction has ended, by digest
        self._count = (0, 0)  # instructions that have ended, and all of them

    def __call__(self, event: Event) -> None:
        """Reports the event, if it is a start or a line of log."""
        match event:
            case VertexStarted(vertex):
                self._note(vertex)
                self._listener(self._progress(vertex))
            case VertexAdded(vertex) | VertexFinished(vertex):
                self._note(vertex)
            case LogLine(vertex, text) if line := printable(text).strip():
                self._listener(self._progress(vertex, line))
            case _:
                pass

    def _note(self, vertex: Vertex) -> None:
        self._names[vertex.digest] = printable(vertex.name)
        if vertex.instruction:
            self._ended[vertex.digest] = vertex.completed is not None
            self._count = sum(self._ended.values()), len(self._ended)

    def _progress(self, vertex: Vertex, detail: str = "") -> Progress:
        done, total = self._count
        return Progress(self._names.get(vertex.digest, ""), done=done, total=total, detail=detail)


def instructions(vertexes: Sequence[Vertex]) -> tuple[Instruction, ...]:
    """The printable records of a build's steps; their times are seconds since the first one started."""
    begin = min((vertex.started for vertex in vertexes if vertex.started is not None), default=0)
    return tuple(_instruction(vertex, begin) for vertex in vertexes)


def _instruction(vertex: Vertex, begin: int) -> Instruction:
    return Instruction(
        name=printable(vertex.name),
        digest=vertex.digest,
        inputs=vertex.inputs,
        cached=_cached(vertex),
        started=_seconds(vertex.started, begin),
        completed=_seconds(vertex.completed, begin),
        log=printable(vertex.log),
        error=printable(vertex.error),
    )


def _cached(vertex: Vertex) -> bool | None:
    """None for a FROM, which always reports that it is cached, and for a step that never finished."""
    step = vertex.instruction
    if vertex.completed is None or (step and step.keyword == "FROM"):
        return None
    return vertex.cached


def _seconds(time: int | None, begin: int) -> float | None:
    return None if time is None else (time - begin) / 1e9
