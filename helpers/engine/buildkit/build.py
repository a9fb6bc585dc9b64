"""One build: a session that serves the files, a request that starts it, the engine's account read to the end."""

import json
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

import docker
import requests

from helpers.core.records import Instruction
from helpers.engine.buildkit.answer import Answer, Listener, OnVertexes, silent, unheard
from helpers.engine.buildkit.context import Context, Texts
from helpers.engine.buildkit.filesync import FileSync
from helpers.engine.buildkit.session import Session

# Between two signs of life, not for the whole build: longer than the longest quiet RUN.
QUIET_SECONDS = 1800


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
    extra_hosts: Mapping[str, str] = field(
        default_factory=dict
    )  # as `--add-host`; the names are part of RUN's cache key

    def folders(self) -> dict[str, Context | Texts]:
        """What the session serves, by the names that the engine asks for."""
        files = {"Dockerfile": self.dockerfile.encode()}
        if self.dockerignore is not None:
            files["Dockerfile.dockerignore"] = self.dockerignore.encode()
        return {"context": self.context, "dockerfile": Texts(files)}

    def parameters(self, session: str) -> dict[str, str | list[str]]:
        """The query of `POST /build`."""
        query: dict[str, str | list[str]] = {
            "version": "2",
            "remote": "client-session",
            "session": session,
            "dockerfile": "Dockerfile",
        }
        query |= {"t": self.tag} if self.tag else {}
        query |= {"target": self.target} if self.target else {}
        query |= {"nocache": "1"} if self.no_cache else {}
        query |= {"buildargs": json.dumps(dict(self.build_args))} if self.build_args else {}
        query |= {"extrahosts": [f"{name}:{address}" for name, address in self.extra_hosts.items()]}
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


def build(
    client: docker.DockerClient, request: Request, listener: Listener = silent, on_vertexes: OnVertexes = unheard
) -> Result:
    """What came of the build; `on_vertexes` is called with each vertex that the engine reports, while it runs.

    Leaving early, by an exception in `listener` or Ctrl-C, stops the build on the engine too.
    Raises what the SDK raises where the engine cannot be asked (docker.errors.APIError, requests.RequestException).
    """
    files = FileSync(request.folders())
    key = request.context.shared_key
    answer = Answer(listener, on_vertexes)
    started = time.monotonic()
    with Session(client, [files], key) as session, closing(_post(client, request, session.id)) as response:
        for message in client.api._stream_helper(response, decode=True):  # type: ignore[attr-defined]
            answer.add(message)
        seconds = time.monotonic() - started
    return Result(
        seconds=seconds,
        context_bytes=files.sent["context"],
        vertexes=answer.trace.vertexes(),
        image_id=answer.image_id,
        error=answer.verdict,
        warnings=tuple(answer.trace.warnings),
        trace_complete=answer.trace.complete,
    )


def _post(client: docker.DockerClient, request: Request, session: str) -> requests.Response:
    api = client.api
    url = api._url("/build")  # type: ignore[attr-defined]
    response = api.post(url, params=request.parameters(session), stream=True, timeout=QUIET_SECONDS)
    api._raise_for_status(response)  # type: ignore[attr-defined]
    return response
