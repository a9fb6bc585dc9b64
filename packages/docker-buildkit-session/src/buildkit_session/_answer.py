"""The engine's answer to a build request: a stream of JSON messages with the trace, the image or the error in it."""

from collections.abc import Mapping
from typing import Any

from buildkit_session._trace import Trace
from buildkit_session.events import Event


class Answer:
    """The engine's answer as it comes in."""

    def __init__(self) -> None:
        self.trace, self.image_id, self.error = Trace(), "", ""

    def add(self, message: Mapping[str, Any]) -> list[Event]:
        """What one message of the answer reports."""
        if message.get("id") == "moby.buildkit.trace" and isinstance(encoded := message.get("aux"), str):
            return self.trace.add(encoded)  # nearly every message, so no pattern is tried before
        match message:
            case {"errorDetail": {"message": str(reason)}} | {"error": str(reason)}:
                self.error = reason
            case {"id": "moby.image.id", "aux": {"ID": str(identity)}} | {"aux": {"ID": str(identity)}}:
                self.image_id = identity
            case _:
                pass
        return []

    @property
    def verdict(self) -> str:
        """Why there is no image, "" where there is one. An answer that ends with neither is a failure."""
        return self.error or ("" if self.image_id else "the engine ended its answer with neither an image nor an error")
