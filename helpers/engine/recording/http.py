"""The requests below the Docker SDK, and those of `requests` to a container: recorded where they leave, or played.

A replay answers them with the library responses. Requests that belong to a build or that carry whole images aren't
recorded: builds are recorded as a whole, and scans of images are stored.
"""

import base64
import json
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import BufferedReader, BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

import docker
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from helpers.engine.recording import tape
from helpers.engine.recording.archive import Call

if TYPE_CHECKING:
    from responses import RequestsMock

KIND = "http"
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
_PART_OF_A_BUILD = re.compile(r"(?:/v[\d.]+)?/(?:build|session|grpc|build/prune|system/df)")
_LARGE = re.compile(r"(?:/v[\d.]+)?/(?:images/(?:.+/)?get|containers/[^/]+/(?:export|archive))")
_RANDOM = re.compile(r"(?<![0-9a-f:])(?:[0-9a-f]{32}|(?<=-)[0-9a-f]{12})(?![0-9a-f])")
_SWITCHING_PROTOCOLS = 101
_ERRORS: Mapping[str, type[requests.RequestException]] = {
    error.__name__: error
    for error in (
        requests.exceptions.ReadTimeout,
        requests.exceptions.ConnectTimeout,
        requests.exceptions.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
    )
}
_KEPT_HEADERS = frozenset({"content-type", "api-version", "docker-experimental", "x-docker-container-path-stat"})
# What identifies the machine, or changes nothing: paths on the engine's host, its name, its settings.
_PRIVATE = frozenset(
    {
        *("GraphDriver", "HostnamePath", "HostsPath", "LogPath", "ResolvConfPath", "SandboxKey", "DockerRootDir"),
        *("RegistryConfig", "Swarm", "Plugins", "Runtimes", "HttpProxy", "HttpsProxy", "NoProxy", "ID"),
    }
)


@dataclass(frozen=True)
class Response:
    """A response, with its whole body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    base64: str = ""  # a body that isn't UTF-8

    @property
    def body(self) -> bytes:
        """The bytes of the body."""
        return base64.b64decode(self.base64) if self.base64 else self.text.encode()


class _Body(BufferedReader):
    """A body with what the SDK reads of a response besides: its chunks, and for `exec` the raw connection."""

    chunked = True

    def __init__(self, content: bytes) -> None:
        super().__init__(cast("Any", BytesIO(content)))
        raw = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the response
        raw.write(content)
        raw.seek(0)
        self.fp = SimpleNamespace(raw=raw)
        self.chunk_left = max(len(content) - 1, 0)  # after the first byte, by which the SDK waits for a chunk


def key_of(request: requests.PreparedRequest) -> str:
    """What is asked: method, path, query and JSON, without the version of the API and random names."""
    url, body = urlsplit(request.url or ""), request.body
    path = re.sub(r"^/v[\d.]+(?=/)", "", url.path)
    asked = json.dumps(sorted(parse_qsl(url.query))) if url.query else ""
    sent = body.decode() if isinstance(body, bytes) and _is_json(request) else body if isinstance(body, str) else ""
    place = "" if url.scheme.startswith("http+") else f"{url.netloc} "
    return _RANDOM.sub("*", f"{request.method} {place}{path} {asked} {_sorted(sent)}".rstrip())


def _is_json(request: requests.PreparedRequest) -> bool:
    return "json" in str(request.headers.get("Content-Type", ""))


def _sorted(text: str) -> str:
    try:
        return json.dumps(json.loads(text), sort_keys=True) if text else ""
    except ValueError:
        return text


@lru_cache(maxsize=1)
def record() -> None:
    """Records every request of this process from now on."""
    real = HTTPAdapter.send

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        recorder, path = tape.recorder(), urlsplit(request.url or "").path
        if recorder is None or recorder.is_inside or _PART_OF_A_BUILD.fullmatch(path) or _LARGE.fullmatch(path):
            return real(adapter, request, **options)
        return _recorded(recorder, adapter, request, lambda: real(adapter, request, **options))

    HTTPAdapter.send = send  # type: ignore[assignment,method-assign]  # the SDK's adapters inherit it


def _recorded(
    recorder: tape.Recorder,
    adapter: HTTPAdapter,
    request: requests.PreparedRequest,
    send: Callable[[], requests.Response],
) -> requests.Response:
    began, key = recorder.began(), key_of(request)
    try:
        response = _whole(send())
    except requests.RequestException as error:
        name = next(name for name, type_ in _ERRORS.items() if isinstance(error, type_))
        recorder.add(Call(KIND, key, time.monotonic() - began, None, name, str(error)))
        raise
    kept = replace(response, text=without_private(response.text))
    recorder.add(Call(KIND, key, time.monotonic() - began, tape.converter.unstructure(kept)))
    return _rebuilt(response, adapter, request)


def _whole(response: requests.Response) -> Response:
    """The response, read to its end."""
    headers = {name: value for name, value in response.headers.items() if name.lower() in _KEPT_HEADERS}
    content = _upgraded(response) if response.status_code == _SWITCHING_PROTOCOLS else response.content
    response.close()
    return _response(response.status_code, headers, content)


def _upgraded(response: requests.Response) -> bytes:
    """Everything that arrives on a connection that switched from HTTP."""
    connection, content = cast("Any", response.raw)._fp.fp, b""
    while more := connection.read(1 << 16):
        content += more
    return content


def _response(status: int, headers: dict[str, str], content: bytes) -> Response:
    try:
        return Response(status, headers, content.decode())
    except UnicodeDecodeError:
        return Response(status, headers, base64=base64.b64encode(content).decode())


def without_private(body: str) -> str:
    """The body; of JSON, without what identifies the engine's host."""
    if not body.startswith(("{", "[")):
        return body
    try:
        return json.dumps(_stripped(json.loads(body)), separators=(",", ":"))
    except ValueError:  # several documents, one after the other
        return body


def _stripped(value: object) -> object:
    if isinstance(value, dict):
        host = {"Name"} if "KernelVersion" in value else set()  # of `GET /info`
        return {name: _stripped(each) for name, each in value.items() if name not in _PRIVATE | host}
    return [_stripped(each) for each in value] if isinstance(value, list) else value


def _rebuilt(response: Response, adapter: HTTPAdapter, request: requests.PreparedRequest) -> requests.Response:
    raw = HTTPResponse(
        body=_Body(response.body), headers=response.headers, status=response.status, preload_content=False
    )
    return adapter.build_response(request, raw)


@lru_cache(maxsize=1)
def _answering() -> "RequestsMock":
    """What answers requests in this process, from now on. The library is needed, and imported, only in a replay."""
    from responses import RequestsMock

    answering = RequestsMock(assert_all_requests_are_fired=False)
    for method in _METHODS:
        answering.add_callback(method, re.compile(".*", re.DOTALL), callback=_answer, content_type=None)
    answering.start()
    return answering


def play(api_version: str) -> docker.DockerClient:
    """A client whose requests are answered from the recording, as are all others of the library requests."""
    _answering()
    return docker.DockerClient("unix:///var/run/docker.sock", version=api_version)


def stop_playing() -> None:
    """Requests go to their servers again."""
    _answering().stop(allow_assert=False)
    _answering.cache_clear()


def _answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], Any]:
    player = tape.player()
    assert player is not None
    found = player.next(KIND, key_of(request))
    if found is None:
        if not _LARGE.fullmatch(urlsplit(request.url or "").path):
            raise tape.missing(f"an answer to {key_of(request)}")
        return 200, {}, _Body(b"")
    player.pass_time(found.seconds)
    if found.error:
        raise _ERRORS[found.error](found.message, request=request)
    response = tape.converter.structure(found.value, Response)
    return response.status, response.headers, _Body(response.body)
