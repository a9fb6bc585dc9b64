"""Pulling a base image: its progress, and an error with a hint if the registry refuses or can't be reached."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import docker
import requests
import urllib3
from docker import auth
from docker.errors import APIError, DockerException
from docker.utils import parse_repository_tag

from helpers.core.errors import BaseImageError, DiskFull, WorkbookError
from helpers.core.records import Progress
from helpers.engine.failures import explain, explain_message
from helpers.engine.image_scan import saved_image
from helpers.engine.image_scan.saved_image import Cache
from helpers.engine.images import COUNTS_FILES

OnProgress = Callable[[Progress], None]

WAIT = 45.0  # seconds of silence from the registry; the engine's own registry client allows 30 per connection

_RATE_LIMITED = re.compile(r"toomanyrequests|too many requests|rate limit|\b429\b", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"no such host|connection (refused|reset)|i/o timeout|network is unreachable|no route to host|timeout|timed out"
    r"|deadline exceeded|request canceled|server misbehaving|temporary failure|proxyconnect|x509|\bEOF\b"
    r"|bad gateway|service unavailable|\b50[234]\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"unauthorized|authentication required|denied|incorrect username|no basic auth|\b40[13]\b", re.I)
_NOT_FOUND = re.compile(r"not found|manifest unknown|name unknown|no matching manifest|\b404\b", re.IGNORECASE)
_STARTED_STATUSES = ("Pulling fs layer", "Already exists", "Preparing", "Layer already exists")
_DONE_STATUSES = ("Pull complete", "Already exists", "Pushed", "Layer already exists")
_CHECK_NETWORK = "Check your network connection and proxy settings, then run the same command again."
_CREDENTIALS = re.compile(r"credential", re.IGNORECASE)


class RegistryOutOfReach(BaseImageError):
    """No registry answers, so the image can't be pulled; a stand-in may be made instead."""


def probe(client: docker.DockerClient, reference: str) -> None:
    """Checks that the registry would serve the image, without pulling it: only the descriptor is fetched.

    Raises RegistryOutOfReach if it can't be reached, BaseImageError if it refuses.
    """
    with _translated(reference):
        api: Any = client.api
        url = api._url("/distribution/{0}/json", reference)
        api._raise_for_status(api._get(url, headers=_credentials(client, reference), timeout=WAIT))


def pull(client: docker.DockerClient, reference: str, on_progress: OnProgress, cache: Cache) -> None:
    """Pulls the image through the engine, with progress; saves the layers' compressed sizes in `cache`.

    Raises RegistryOutOfReach, BaseImageError or DiskFull.
    """
    layers = Layers(f"{reference}: pulling")
    with _translated(reference):
        for event in events(client, reference):
            if "error" in event:
                raise registry_error(reference, str(event["error"]))
            on_progress(layers.read(event))
        if client.info()["Driver"] in COUNTS_FILES:  # other drivers report layers in any order
            saved_image.remember(cache, layers.sizes(client.images.get(reference).attrs["RootFS"]["Layers"]))


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
        return Progress(self.what, len(self._done), len(self._bytes), self._detail() or status)

    def sizes(self, diff_ids: Sequence[str]) -> list[tuple[str, int]]:
        """The diff IDs and compressed bytes of the layers that the pull fetched; `diff_ids` are all layers, in order.

        Empty if the numbers differ: an image may contain the same layer twice, and the stream reports it once.
        """
        if len(self._bytes) != len(diff_ids):
            return []
        return [(diff_id, known) for diff_id, (_, known) in zip(diff_ids, self._bytes.values(), strict=True) if known]

    def _count(self, layer: str, detail: Mapping[str, Any]) -> None:
        self._bytes[layer] = (int(detail.get("current", 0)), int(detail.get("total", 0)))

    def _detail(self) -> str:
        fetched, known = (sum(pair[side] for pair in self._bytes.values()) for side in (0, 1))
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
    if _UNREACHABLE.search(message):
        return RegistryOutOfReach(f"{reference} could not be pulled: {message}", _CHECK_NETWORK)
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


def events(client: docker.DockerClient, reference: str) -> Iterator[dict[str, Any]]:
    """The engine's events of the pull. The SDK's own call would wait forever for a silent registry."""
    repository, tag = parse_repository_tag(reference)
    api: Any = client.api
    answer = api._post(
        api._url("/images/create"),
        params={"fromImage": repository, "tag": tag or "latest"},
        headers=_credentials(client, reference),
        stream=True,
        timeout=WAIT,
    )
    api._raise_for_status(answer)
    yield from api._stream_helper(answer, decode=True)


def _credentials(client: docker.DockerClient, reference: str) -> dict[str, bytes]:
    """The header with the credentials that `docker login` stored for that registry; empty if there are none."""
    registry, _ = auth.resolve_repository_name(parse_repository_tag(reference)[0])
    header = auth.get_config_header(client.api, registry)
    return {"X-Registry-Auth": header} if header else {}


@contextmanager
def _translated(reference: str) -> Iterator[None]:
    try:
        yield
    except APIError as error:
        raise registry_error(reference, str(error.explanation or error)) from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise RegistryOutOfReach(
            f"{reference} could not be pulled: the registry did not answer within {WAIT:.0f} s.", _CHECK_NETWORK
        ) from error
    except (DockerException, requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if _CREDENTIALS.search(str(error)):
            raise _no_credentials(reference, error) from error
        raise explain(error) from error


def _no_credentials(reference: str, error: Exception) -> BaseImageError:
    return BaseImageError(
        f"The credentials for {reference} could not be read: {error}",
        "Fix the credential helper that the Docker client's config.json names, or run `docker logout`.",
    )
