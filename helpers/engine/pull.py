"""Pulling base images: their progress, and an error with a hint if the registry refuses or can't be reached."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

import docker
import requests
import urllib3
from docker import auth
from docker.errors import APIError, DockerException
from docker.utils import parse_repository_tag

from helpers.core.errors import BaseImageError, DiskFull, WorkbookError
from helpers.core.records import Progress
from helpers.engine.failures import explain, explain_message, explained
from helpers.engine.image_scan import saved_image
from helpers.engine.image_scan.saved_image import Cache
from helpers.engine.images import COUNTS_FILES

OnProgress = Callable[[Progress], None]

WAIT = 45.0  # seconds of silence from the registry; the engine's own registry client allows 30 per connection
# One pull may be silent while others download: the engine fetches few layers at a time, of all pulls together.
_STREAM_SECONDS = 3600.0

_RATE_LIMITED = re.compile(r"toomanyrequests|too many requests|rate limit|\b429\b", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"no such host|connection (refused|reset)|i/o timeout|network is (unreachable|down)|no route to host|timeout"
    r"|timed out|deadline exceeded|request canceled|server misbehaving|temporary failure|proxyconnect|\bEOF\b"
    r"|host is down|: try again\b|connect: permission denied",  # the last one: a firewall that rejects connections
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"unauthorized|authentication required|denied|incorrect username|no basic auth|forbidden|\b40[13]\b", re.IGNORECASE
)
_PROXY_DENIES = re.compile(r"proxy authentication required|\b407\b", re.IGNORECASE)
# Not "TLS handshake timeout", which is a registry that doesn't answer
_TLS = re.compile(r"x509|\btls: |HTTP response to HTTPS client|not look like a TLS handshake")
_SERVER_ERROR = re.compile(
    r"\bHTTP (?:status: )?5\d\d\b|\b5\d\d (?:Internal|Bad|Service|Gateway)"
    r"|internal server error|bad gateway|service unavailable|gateway time-?out",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(r"not found|manifest unknown|name unknown|no matching manifest|\b404\b", re.IGNORECASE)
_STARTED_STATUSES = ("Pulling fs layer", "Already exists", "Preparing", "Layer already exists")
_DONE_STATUSES = ("Pull complete", "Already exists", "Pushed", "Layer already exists")
_PROXY_SETTINGS = "https://docs.docker.com/engine/daemon/proxy/"
_CHECK_NETWORK = "Check your network connection and proxy settings, then run the same command again."
_CREDENTIALS = re.compile(r"credential", re.IGNORECASE)


class RegistryOutOfReach(BaseImageError):
    """No registry answers, so the image can't be pulled; a stand-in may be made instead."""


def probe(client: docker.DockerClient, reference: str, seconds: float | None = None) -> None:
    """Checks that the registry would serve the image, without pulling it: only the descriptor is fetched.

    Raises RegistryOutOfReach if it can't be reached or doesn't answer in `seconds` (None: WAIT), BaseImageError if it
    refuses.
    """
    with _translated(reference, seconds):
        api: Any = client.api
        url = api._url("/distribution/{0}/json", reference)
        api._raise_for_status(api._get(url, headers=_credentials(client, reference), timeout=seconds or WAIT))


def pull(client: docker.DockerClient, references: Sequence[str], on_progress: OnProgress, cache: Cache) -> None:
    """Pulls the images through the engine, all at the same time, with the sum of their progress.

    Saves the layers' compressed sizes in `cache`. If one fails, the others stop, and the engine keeps their finished
    layers for the next pull. Raises RegistryOutOfReach, BaseImageError or DiskFull.
    """
    pulls = {reference: Layers(f"{reference}: pulling") for reference in references}
    for reference, event in _at_once(client, references):
        pulls[reference].read(event)
        on_progress(together([*pulls.values()]))
    with explained():
        if client.info()["Driver"] in COUNTS_FILES:  # other drivers report layers in any order
            for reference, layers in pulls.items():
                saved_image.remember(cache, layers.sizes(client.images.get(reference).attrs["RootFS"]["Layers"]))


_News = tuple[str, dict[str, Any] | BaseException | None]  # an event, an error, or the end of that reference's pull


def _at_once(client: docker.DockerClient, references: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of all pulls as they come, each with its reference. An error in one, or silence of all, ends all."""
    news: SimpleQueue[_News] = SimpleQueue()
    stop, running = Event(), [*references]
    for reference in references:  # daemons: Ctrl-C must not wait for a silent registry
        Thread(target=_fetch, args=(client, reference, news, stop), daemon=True).start()
    try:
        while running:
            reference, event = _next(news, running)
            if isinstance(event, BaseException):
                raise event
            if event is None:
                running.remove(reference)
            else:
                yield reference, event
    finally:
        stop.set()


def _next(news: SimpleQueue[_News], running: Sequence[str]) -> _News:
    try:
        return news.get(timeout=WAIT)
    except Empty:
        raise _silence(" and ".join(running), WAIT) from None


def _fetch(client: docker.DockerClient, reference: str, news: SimpleQueue[_News], stop: Event) -> None:
    try:
        with _translated(reference):
            for event in events(client, reference):
                if stop.is_set():
                    return  # closes the answer, which stops the engine's pull
                if "error" in event:
                    raise registry_error(reference, str(event["error"]))
                news.put((reference, event))
        news.put((reference, None))
    except BaseException as error:  # raised again in the thread that waits
        news.put((reference, error))


class Layers:
    """Reads the event stream of a pull or push: layers done and in total, and bytes if known."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._done: set[str] = set()
        self._bytes: dict[str, tuple[int, int]] = {}  # layer: (transferred, total)

    def read(self, event: Mapping[str, Any]) -> Progress:
        """The progress after one more event of the stream."""
        layer, status = str(event.get("id", "")), str(event.get("status", ""))
        if status in _STARTED_STATUSES:
            self._bytes.setdefault(layer, (0, 0))
        if status in _DONE_STATUSES:
            self._done.add(layer)
        if status.startswith("Status: "):  # the last event; some engines don't report unpacking
            self._done.update(self._bytes)
        if status in ("Downloading", "Pushing"):
            self._count(layer, event.get("progressDetail") or {})
        if status == "Download complete":
            self._bytes[layer] = (self._bytes.get(layer, (0, 0))[1],) * 2
        return replace(self.progress(), detail=_megabytes(*self.bytes) or status)

    def progress(self) -> Progress:
        """The progress so far."""
        return Progress(self.what, len(self._done), len(self._bytes), _megabytes(*self.bytes))

    @property
    def bytes(self) -> tuple[int, int]:
        """Bytes transferred and bytes known so far, of all layers."""
        return sum(pair[0] for pair in self._bytes.values()), sum(pair[1] for pair in self._bytes.values())

    def sizes(self, diff_ids: Sequence[str]) -> list[tuple[str, int]]:
        """The diff IDs and compressed bytes of the layers that the pull fetched; `diff_ids` are all layers, in order.

        Empty if the numbers differ: an image may contain the same layer twice, and the stream reports it once.
        """
        if len(self._bytes) != len(diff_ids):
            return []
        return [(diff_id, known) for diff_id, (_, known) in zip(diff_ids, self._bytes.values(), strict=True) if known]

    def _count(self, layer: str, detail: Mapping[str, Any]) -> None:
        self._bytes[layer] = (int(detail.get("current", 0)), int(detail.get("total", 0)))


def together(pulls: Sequence[Layers]) -> Progress:
    """The sum of several pulls' progress."""
    parts, counts = [each.progress() for each in pulls], [each.bytes for each in pulls]
    return Progress(
        "; ".join(part.what for part in parts),
        sum(part.done for part in parts),
        sum(part.total for part in parts),
        _megabytes(sum(fetched for fetched, _ in counts), sum(known for _, known in counts)),
    )


def _megabytes(fetched: int, known: int) -> str:
    return f"{fetched / 1e6:.1f} of {known / 1e6:.1f} MB" if known else ""


def registry_error(reference: str, message: str) -> WorkbookError:
    """The error, with a hint, for the engine's message about a registry."""
    if isinstance(full := explain_message(message), DiskFull):
        return full
    if _RATE_LIMITED.search(message):
        return BaseImageError(
            f"The registry's pull rate limit is reached, so {reference} can't be pulled for now: {message}",
            "Run `docker login` to raise the limit, or wait a few hours. Then run the same command again.",
        )
    if network := _network_error(reference, message):
        return network
    if _DENIED.search(message):
        return BaseImageError(
            f"The registry denies this account access to {reference}: {message}",
            "Run `docker login` with an account that may pull it, or `docker logout` if old credentials are stored.",
        )
    if _NOT_FOUND.search(message):
        return BaseImageError(
            f"The registry has no {reference} for this engine: {message}",
            "Check the image's name and tag, and that it exists for the engine's architecture.",
        )
    return BaseImageError(f"{reference} could not be pulled: {message}")


def _network_error(reference: str, message: str) -> BaseImageError | None:
    """The error for a registry or proxy that can't be used or can't be reached; None for any other."""
    if _TLS.search(message):
        return BaseImageError(
            f"The engine doesn't trust the TLS connection to the registry of {reference}: {message}",
            "Give the engine the CA certificate of that registry, or of your network's proxy: "
            "https://docs.docker.com/engine/security/certificates/",
        )
    if _PROXY_DENIES.search(message):
        return BaseImageError(
            f"Your network's proxy wants a password before {reference} can be pulled: {message}",
            f"Add the user and password to the engine's proxy settings: {_PROXY_SETTINGS}",
        )
    if _SERVER_ERROR.search(message):
        return BaseImageError(
            f"The registry, or a proxy before it, can't serve {reference} for now: {message}",
            f"Try again in a few minutes. If it stays so, check the engine's proxy settings: {_PROXY_SETTINGS}",
        )
    if _UNREACHABLE.search(message):
        return RegistryOutOfReach(f"{reference} could not be pulled: {message}", _CHECK_NETWORK)
    return None


def events(client: docker.DockerClient, reference: str) -> Iterator[dict[str, Any]]:
    """The engine's events of the pull. The SDK's own call would wait forever for an engine that hangs."""
    repository, tag = parse_repository_tag(reference)
    api: Any = client.api
    answer = api._post(
        api._url("/images/create"),
        params={"fromImage": repository, "tag": tag or "latest"},
        headers=_credentials(client, reference),
        stream=True,
        timeout=_STREAM_SECONDS,
    )
    api._raise_for_status(answer)
    yield from api._stream_helper(answer, decode=True)


def _credentials(client: docker.DockerClient, reference: str) -> dict[str, bytes]:
    """The header with the credentials that `docker login` stored for that registry; empty if there are none."""
    registry, _ = auth.resolve_repository_name(parse_repository_tag(reference)[0])
    header = auth.get_config_header(client.api, registry)
    return {"X-Registry-Auth": header} if header else {}


@contextmanager
def _translated(reference: str, seconds: float | None = None) -> Iterator[None]:
    try:
        yield
    except APIError as error:
        raise registry_error(reference, str(error.explanation or error)) from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise _silence(reference, seconds or WAIT) from error
    except (DockerException, requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if _CREDENTIALS.search(str(error)):
            raise _no_credentials(reference, error) from error
        raise explain(error) from error


def _silence(references: str, seconds: float) -> RegistryOutOfReach:
    reason = f"the registry did not answer within {seconds:.0f} s."
    return RegistryOutOfReach(f"{references} could not be pulled: {reason}", _CHECK_NETWORK)


def _no_credentials(reference: str, error: Exception) -> BaseImageError:
    return BaseImageError(
        f"The credentials for {reference} could not be read: {error}",
        "Fix the credential helper that the Docker client's config.json names, or run `docker logout`.",
    )
