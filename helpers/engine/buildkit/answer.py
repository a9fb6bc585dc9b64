"""The engine's answer to a build request: a stream of JSON messages with the trace, the image or the error in it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from helpers.core.printable import printable
from helpers.core.records import Progress
from helpers.engine.buildkit.proto.control_pb2 import Vertex
from helpers.engine.buildkit.trace import Trace

Listener = Callable[[Progress], None]
OnVertexes = Callable[[Sequence[Vertex]], None]


def silent(progress: Progress) -> None:
    """Listens to nothing."""


def unheard(vertexes: Sequence[Vertex]) -> None:
    """Keeps nothing of the vertexes."""


class Answer:
    """The engine's answer as it comes in; `listener` is called with the progress, `on_vertexes` with each message's."""

    def __init__(self, listener: Listener, on_vertexes: OnVertexes = unheard) -> None:
        self.trace, self.image_id, self.error = Trace(), "", ""
        self._listener, self._on_vertexes = listener, on_vertexes

    def add(self, message: Mapping[str, Any]) -> None:
        """Takes in one message of the answer."""
        match message:
            case {"id": "moby.buildkit.trace", "aux": str(encoded)}:  # nearly every message
                self._tell(encoded)
            case {"errorDetail": {"message": str(reason)}} | {"error": str(reason)}:
                self.error = printable(reason)
            case {"id": "moby.image.id", "aux": {"ID": str(identity)}} | {"aux": {"ID": str(identity)}}:
                self.image_id = identity
            case _:
                pass

    @property
    def verdict(self) -> str:
        """Why there is no image, "" where there is one. An answer that ends with neither is a failure."""
        return self.error or ("" if self.image_id else "the engine ended its answer with neither an image nor an error")

    def _tell(self, encoded: str) -> None:
        status = self.trace.add(encoded)
        if status.vertexes:
            self._on_vertexes(status.vertexes)
        for vertex in status.vertexes:
            if vertex.HasField("started") and not vertex.HasField("completed"):
                self._listener(self._progress(vertex.digest))
        for log in status.logs:
            if b"\n" in log.msg and (line := self.trace.last_line(log.vertex)):
                self._listener(self._progress(log.vertex, line))

    def _progress(self, digest: str, detail: str = "") -> Progress:
        done, total = self.trace.instructions
        return Progress(self.trace.name(digest), done=done, total=total, detail=detail)
