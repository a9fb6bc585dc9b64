"""Pulling a base image: how far it is, and in one sentence what stands in the way."""

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

from helpers.engine import compressed
from helpers.engine.failures import explain, explain_message
from helpers.engine.images import COUNTS_FILES
from helpers.engine.layer import Cache
from helpers.records import Progress
from helpers.records.errors import BaseImageError, DiskFull, WorkbookError

Tell = Callable[[Progress], None]

WAIT = 45.0  # seconds without a word from the registry; its own client gives a connection 30

_LIMITED = re.compile(r"toomanyrequests|too many requests|rate limit|\b429\b", re.IGNORECASE)
_OUT_OF_REACH = re.compile(
    r"no such host|connection (refused|reset)|i/o timeout|network is unreachable|no route to host|timeout|timed out"
    r"|deadline exceeded|request canceled|server misbehaving|temporary failure|proxyconnect|x509|\bEOF\b"
    r"|bad gateway|service unavailable|\b50[234]\b",
    re.IGNORECASE,
)
_NOT_ALLOWED = re.compile(
    r"unauthorized|authentication required|denied|incorrect username|no basic auth|\b40[13]\b", re.I
)
_UNKNOWN = re.compile(r"not found|manifest unknown|name unknown|no matching manifest|\b404\b", re.IGNORECASE)
_BEGUN = ("Pulling fs layer", "Already exists", "Preparing", "Layer already exists")
_ENDED = ("Pull complete", "Already exists", "Pushed", "Layer already exists")
_CREDENTIALS = re.compile(r"credential", re.IGNORECASE)


class RegistryOutOfReach(BaseImageError):
    """No registry answers: what cannot be pulled has to be made."""


def probe(client: docker.DockerClient, reference: str) -> None:
    """Returns where the registry would give the image; it fetches no more than the image's description.

    Raises RegistryOutOfReach, or BaseImageError for what stands in the way.
    """
    with _understood(reference):
        api: Any = client.api
        url = api._url("/distribution/{0}/json", reference)
        api._raise_for_status(api._get(url, headers=_credentials(client, reference), timeout=WAIT))


def pull(client: docker.DockerClient, reference: str, tell: Tell, cache: Cache) -> None:
    """Pulls the image through the engine, with progress; what its layers weighed on the way goes into `memory`.

    Raises RegistryOutOfReach, BaseImageError or DiskFull.
    """
    layers = Layers(f"{reference}: pulling")
    with _understood(reference):
        for event in events(client, reference):
            if "error" in event:
                raise understand(reference, str(event["error"]))
            tell(layers.read(event))
        if client.info()["Driver"] in COUNTS_FILES:  # the others tell of the layers in any order
            compressed.remember(cache, layers.sizes(client.images.get(reference).attrs["RootFS"]["Layers"]))


class Layers:
    """Reads the stream of a pull or a push: layers that are complete, of how many, and bytes where they are known."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._done: set[str] = set()
        self._bytes: dict[str, tuple[int, int]] = {}  # layer: fetched, in all

    def read(self, event: Mapping[str, Any]) -> Progress:
        """How far it is after one more event of the stream."""
        layer, status = str(event.get("id", "")), str(event.get("status", ""))
        if status in _BEGUN:
            self._bytes.setdefault(layer, (0, 0))
        if status in _ENDED:
            self._done.add(layer)
        if status.startswith("Status: "):  # the last word; some engines say nothing of a layer's unpacking
            self._done.update(self._bytes)
        if status in ("Downloading", "Pushing"):
            self._count(layer, event.get("progressDetail") or {})
        if status == "Download complete":
            self._bytes[layer] = (self._bytes.get(layer, (0, 0))[1],) * 2
        return Progress(self.what, len(self._done), len(self._bytes), self._detail() or status)

    def sizes(self, diff_ids: Sequence[str]) -> list[tuple[str, int]]:
        """After a pull, the diff IDs and compressed bytes of the layers that it fetched; `diff_ids` are all, in order.

        None where they do not pair up: an image may have the same layer twice, and the stream tells of it once.
        """
        if len(self._bytes) != len(diff_ids):
            return []
        return [(diff_id, known) for diff_id, (_, known) in zip(diff_ids, self._bytes.values(), strict=True) if known]

    def _count(self, layer: str, detail: Mapping[str, Any]) -> None:
        self._bytes[layer] = (int(detail.get("current", 0)), int(detail.get("total", 0)))

    def _detail(self) -> str:
        fetched, known = (sum(pair[side] for pair in self._bytes.values()) for side in (0, 1))
        return f"{fetched / 1e6:.1f} of {known / 1e6:.1f} MB" if known else ""


def understand(reference: str, message: str) -> WorkbookError:
    """The error of ours for what the engine said of a registry, with the mend."""
    if isinstance(full := explain_message(message), DiskFull):
        return full
    if _LIMITED.search(message):
        return BaseImageError(
            f"The registry's limit of pulls is reached, so it does not give {reference} for now: {message}",
            "`docker login` raises the limit; or wait some hours, then give the same command again",
        )
    if _OUT_OF_REACH.search(message):
        return RegistryOutOfReach(f"No registry answers for {reference}: {message}", "is there a network?")
    if _NOT_ALLOWED.search(message):
        return BaseImageError(
            f"The registry does not give {reference} to this account: {message}",
            "`docker login` with an account that may pull it; `docker logout` where old credentials are in the way",
        )
    if _UNKNOWN.search(message):
        return BaseImageError(f"The registry has no {reference} for this engine: {message}", "is the name right?")
    return BaseImageError(f"{reference} could not be pulled: {message}")


def events(client: docker.DockerClient, reference: str) -> Iterator[dict[str, Any]]:
    """The engine's account of the pull. The SDK's own call waits for ever on a silent registry."""
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
    """The header with what `docker login` left for that registry; none where it left nothing."""
    registry, _ = auth.resolve_repository_name(parse_repository_tag(reference)[0])
    header = auth.get_config_header(client.api, registry)
    return {"X-Registry-Auth": header} if header else {}


@contextmanager
def _understood(reference: str) -> Iterator[None]:
    try:
        yield
    except APIError as error:
        raise understand(reference, str(error.explanation or error)) from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise RegistryOutOfReach(f"No registry answered for {reference} within {WAIT:.0f} s.") from error
    except (DockerException, requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if _CREDENTIALS.search(str(error)):
            raise _no_credentials(reference, error) from error
        raise explain(error) from error


def _no_credentials(reference: str, error: Exception) -> BaseImageError:
    return BaseImageError(
        f"The credentials for {reference} could not be read: {error}",
        "the file config.json of the Docker client names a credential helper that fails: `docker logout`, or mend it",
    )
