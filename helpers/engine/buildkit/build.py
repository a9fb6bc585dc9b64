"""One build: a session that serves the files, a request that starts it, the engine's account read to the end."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import docker
import requests

from helpers.engine.buildkit.context import Context, Texts
from helpers.engine.buildkit.filesync import FileSync
from helpers.engine.buildkit.session import Session
from helpers.engine.buildkit.trace import Trace
from helpers.records import Instruction, Progress

# Between two signs of life, not for the whole build: longer than the longest quiet RUN.
QUIET_SECONDS = 1800

Listener = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Listens to nothing."""


@dataclass(frozen=True)
class Request:
    """What is to be built, and how. The Dockerfile is a text, apart from the context, as `docker build -f` has it."""

    context: Context
    dockerfile: str
    dockerignore: str | None = None  # the Dockerfile's own, which goes before the context's
    tag: str | None = None
    target: str | None = None
    no_cache: bool = False
    build_args: Mapping[str, str] = field(default_factory=dict)

    def folders(self) -> dict[str, Context | Texts]:
        """What the session serves, by the names that the engine asks for."""
        files = {"Dockerfile": self.dockerfile.encode()}
        if self.dockerignore is not None:
            files["Dockerfile.dockerignore"] = self.dockerignore.encode()
        return {"context": self.context, "dockerfile": Texts(files)}

    def parameters(self, session: str) -> dict[str, str]:
        """The query of `POST /build`."""
        query = {"version": "2", "remote": "client-session", "session": session, "dockerfile": "Dockerfile"}
        query |= {"t": self.tag} if self.tag else {}
        query |= {"target": self.target} if self.target else {}
        query |= {"nocache": "1"} if self.no_cache else {}
        query |= {"buildargs": json.dumps(dict(self.build_args))} if self.build_args else {}
        return query


@dataclass(frozen=True)
class Result:
    """What came of a build: an image, or an error in the engine's words; and the engine's account either way."""

    seconds: float
    context_bytes: int
    vertexes: tuple[Instruction, ...]  # everything the engine did, its own steps included
    image_id: str = ""
    error: str = ""
    warnings: tuple[str, ...] = ()
    trace_complete: bool = True


class _Account:
    """The engine's answer, message by message."""

    def __init__(self, listener: Listener) -> None:
        self.trace, self.image_id, self.error = Trace(), "", ""
        self._listener = listener

    def add(self, message: Mapping[str, Any]) -> None:
        """Takes in one message of the answer."""
        match message:
            case {"errorDetail": {"message": str(reason)}} | {"error": str(reason)}:
                self.error = reason
            case {"id": "moby.buildkit.trace", "aux": str(encoded)}:
                self._tell(encoded)
            case {"id": "moby.image.id", "aux": {"ID": str(identity)}} | {"aux": {"ID": str(identity)}}:
                self.image_id = identity
            case _:
                pass

    def _tell(self, encoded: str) -> None:
        status = self.trace.add(encoded)
        for vertex in status.vertexes:
            if vertex.HasField("started") and not vertex.HasField("completed"):
                self._listener(self._progress(vertex.digest))
        for log in status.logs:
            lines = log.msg.decode(errors="replace").strip().splitlines()
            if lines:
                self._listener(self._progress(log.vertex, lines[-1]))

    def _progress(self, digest: str, detail: str = "") -> Progress:
        done, total = self.trace.count_instructions()
        return Progress(self.trace.name(digest), done=done, total=total, detail=detail)


def build(client: docker.DockerClient, request: Request, listener: Listener = silent) -> Result:
    """What came of the build. Leaving early, by an exception in `listener` or Ctrl-C, stops it on the engine too.

    Raises what the SDK raises where the engine cannot be asked (docker.errors.APIError, requests.RequestException).
    """
    files = FileSync(request.folders())
    key = request.context.shared_key
    account = _Account(listener)
    started = time.monotonic()
    with Session(client, [files], key) as session, closing(_post(client, request, session.id)) as response:
        for message in client.api._stream_helper(response, decode=True):  # type: ignore[attr-defined]
            account.add(message)
        seconds = time.monotonic() - started
    return Result(
        seconds=seconds,
        context_bytes=files.sent["context"],
        vertexes=account.trace.vertexes(),
        image_id=account.image_id,
        error=account.error or ("" if account.image_id else "the engine ended its answer without an image or an error"),
        warnings=tuple(account.trace.warnings),
        trace_complete=account.trace.complete,
    )


def _post(client: docker.DockerClient, request: Request, session: str) -> requests.Response:
    api = client.api
    url = api._url("/build")  # type: ignore[attr-defined]
    response = api.post(url, params=request.parameters(session), stream=True, timeout=QUIET_SECONDS)
    api._raise_for_status(response)  # type: ignore[attr-defined]
    return response
