"""One build: a session that serves the files, a request that starts it, the engine's answer read to the end."""

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import docker
import requests

from buildkit_session._answer import Answer
from buildkit_session._compat import Service, hang_up
from buildkit_session._filesync import FileSync
from buildkit_session._http import asked
from buildkit_session._logins import Logins
from buildkit_session._secrets import Secret, Secrets, values
from buildkit_session._session import session
from buildkit_session.context import Files, Source, source_of
from buildkit_session.events import BuildWarning, Event
from buildkit_session.vertex import Vertex

# Between two signs of life, not for the whole build: longer than the longest quiet RUN.
QUIET_SECONDS = 1800

_DOCKERFILE = "Dockerfile"


class BuildCancelled(Exception):
    """The build was stopped by its `CancelToken`."""


class CancelToken:
    """Stops a build from another thread: give it to `build`, then call `cancel`, at any time."""

    def __init__(self) -> None:
        self._lock, self._stop = threading.Lock(), _nothing
        self._cancelled = False

    def cancel(self) -> None:
        """Stops the build that uses this token, or the next one. `build` raises BuildCancelled."""
        with self._lock:
            self._cancelled = True
            self._stop()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled

    @contextlib.contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Calls `stop` when the token is cancelled while the block lasts, or was before; then raises BuildCancelled."""
        with self._lock:
            self._stop = stop
            if self._cancelled:
                raise BuildCancelled("The build was cancelled.")
        try:
            yield
        except Exception as error:
            if self._cancelled:  # whatever a connection that was shut makes of it
                raise BuildCancelled("The build was cancelled.") from error
            raise
        finally:
            with self._lock:
                self._stop = _nothing
        if self._cancelled:
            raise BuildCancelled("The build was cancelled.")


@dataclass(frozen=True)
class Result:
    """What a build led to: an image, or an error in the engine's words; and everything it did, either way."""

    seconds: float  # from the request to the end of the answer
    context_bytes: int  # bytes of files sent from the build context
    vertexes: tuple[Vertex, ...]  # everything the engine did, its own steps included
    image_id: str = ""  # "sha256:…"
    error: str = ""
    warnings: tuple[BuildWarning, ...] = ()
    trace_complete: bool = True  # False: the image is there, but a message of the trace could not be read


def build(
    client: docker.DockerClient,
    context: Source | str | os.PathLike[str] | Mapping[str, bytes | str] | IO[bytes],
    dockerfile: str | Path | None = None,
    *,
    dockerignore: str | None = None,
    tags: Iterable[str] = (),
    target: str | None = None,
    platform: str | None = None,
    build_args: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    secrets: Mapping[str, Secret] | None = None,
    no_cache: bool = False,
    pull: bool = False,
    network: str | None = None,
    extra_hosts: Mapping[str, str] | None = None,
    cache_from: Iterable[str] = (),
    on_event: Callable[[Event], object] | None = None,
    cancel: CancelToken | None = None,
) -> Result:
    """Builds an image with BuildKit, as `docker build` does. A build that fails is a result with an `error`.

    `context` is a folder's path, an open tar archive, a mapping of paths to contents, or a `Context`, which adds edits
    to a folder. `dockerfile` is its text, a Path to it, or None for the context's own. `dockerignore` replaces the
    context's `.dockerignore`; for a Path, `<path>.dockerignore` does so where it exists. `secrets` are values by ID, or
    Paths of the files with the values. `extra_hosts` are addresses by name; the names are part of RUN's cache key.
    `on_event` is called in this thread with each event; an exception in it stops the build, and so does Ctrl-C.

    The other options are those of https://docs.docker.com/reference/cli/docker/buildx/build/ by the same names.

    Raises BuildCancelled; OSError where a file cannot be read; what the SDK raises where the engine cannot be asked
    (docker.errors.APIError, requests.RequestException).
    """
    source = source_of(context)
    files = FileSync({"context": source, "dockerfile": _dockerfile(source, dockerfile, dockerignore)})
    services: list[Service] = [files, Logins(client)]
    if secrets:
        services.append(Secrets(values(secrets)))
    query = {
        "version": "2",
        "remote": "client-session",
        "dockerfile": _DOCKERFILE,
        "t": list(tags),
        "target": target,
        "platform": platform,
        "buildargs": _json(build_args),
        "labels": _json(labels),
        "nocache": "1" if no_cache else None,
        "pull": "1" if pull else None,
        "networkmode": network,
        "extrahosts": [f"{name}:{address}" for name, address in (extra_hosts or {}).items()],
        "cachefrom": _json(list(cache_from)),
    }
    answer, started = Answer(), time.monotonic()
    with session(client, services, source.shared_key) as identity:
        _read(client, {**query, "session": identity}, answer, on_event or _ignored, cancel or CancelToken())
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


def _read(
    client: docker.DockerClient,
    query: Mapping[str, Any],
    answer: Answer,
    on_event: Callable[[Event], object],
    cancel: CancelToken,
) -> None:
    """Reads the answer to its end. Leaving early closes it, which stops the build on the engine too."""
    with (
        asked(client, "POST", "/build", query, timeout=QUIET_SECONDS) as response,
        cancel.stopping(lambda: hang_up(client, response)),
    ):
        for message in _messages(response):
            for event in answer.add(message):
                on_event(event)


def _messages(response: requests.Response) -> Iterator[Mapping[str, Any]]:
    """The messages of the answer as they arrive, one in a line."""
    for line in response.iter_lines(chunk_size=None):  # None: as they arrive
        if line:
            yield json.loads(line)


def _dockerfile(context: Source, dockerfile: str | Path | None, dockerignore: str | None) -> Files:
    """The folder that contains the Dockerfile alone: a change of it is then no change of the context."""
    if dockerfile is None:
        found = context.read(_DOCKERFILE)
        if found is None:
            raise FileNotFoundError("The build context has no Dockerfile: give its text, or the Path of another file.")
        text: bytes | str = found
    elif isinstance(dockerfile, str):
        text = dockerfile
    else:
        text = dockerfile.read_bytes()
        own = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
        dockerignore = own.read_text(encoding="utf-8") if dockerignore is None and own.exists() else dockerignore
    ignore = {} if dockerignore is None else {f"{_DOCKERFILE}.dockerignore": dockerignore}
    return Files({_DOCKERFILE: text, **ignore})


def _json(value: object) -> str | None:
    """A value as the Engine's API has it in a query; None leaves it out."""
    return json.dumps(value) if value else None


def _nothing() -> None:
    """Stops nothing."""


def _ignored(event: Event) -> None:
    """Listens to nothing."""
