"""The connection to the Docker Engine: which one, how it was chosen, and whether the course can use it."""

import os
from typing import Any

import docker
from buildkit_session import has_buildkit
from docker.errors import DockerException
from docker.tls import TLSConfig
from requests.utils import get_environ_proxies

from helpers.core import endpoint
from helpers.core.endpoint import Address, Tls
from helpers.core.errors import EngineNotFound, EngineRefused, SetupError
from helpers.core.records import Engine
from helpers.core.replay import REPLAY, named
from helpers.engine.recording import http, tape

_WELL_KNOWN = frozenset({endpoint.UNIX_SOCKET, endpoint.NAMED_PIPE, "unix:///run/docker.sock"})
_KINDS = {"unix": "a Unix socket", "npipe": "a named pipe", "ssh": "an SSH address"}
_SECONDS = 120  # for one response; builds have their own limit


def connect(replay: str = "") -> docker.DockerClient:
    """A client of the engine that DOCKER_HOST, else the current Docker context, else the default socket points to.

    With `replay` "at-once" or "real-time", or the variable WORKBOOK_REPLAY, it answers from the course's recording.
    Raises EngineNotFound if none responds, EngineRefused if it can't build with BuildKit.
    """
    if replay:
        os.environ[REPLAY] = str(named(replay))
    if player := tape.started():
        return http.play(player.archive.header.engine.api_version)
    if tape.recorder():
        http.record()
    address = selected()
    try:
        client = _client(address.host)
        client.ping()
    except DockerException as error:
        raise EngineNotFound(
            f"No Docker Engine answers at {address.host} (by {address.chosen_by}): {error}.",
            "Start it, or let the course install and start one: `python3 -m helpers run --yes`\n"
            'To read the course without an engine, set replay = "at-once" in the first code cell.',
        ) from error
    _require_buildkit(client)
    return client


def selected() -> Address:
    """The address of the engine that this machine's settings select.

    Raises EngineNotFound for an unknown context; no other engine replaces it.
    """
    try:
        return endpoint.find()
    except SetupError as error:
        raise EngineNotFound(
            f"The Docker context {endpoint.context()!r} does not exist.",
            "List the contexts with `docker context ls`, then choose one with DOCKER_CONTEXT or `docker context use`",
        ) from error


def describe(client: docker.DockerClient) -> Engine:
    """The engine as it describes itself, with an address that is safe to share; in a replay, the recorded engine."""
    if header := tape.played():
        return header.engine
    address, version, info = selected(), client.version(), client.info()
    return Engine(
        address=shareable(address.host),
        version=version["Version"],
        storage=_storage(info),
        architecture=version["Arch"],
        api_version=version["ApiVersion"],
        system=info.get("OperatingSystem", ""),
        chosen_by=address.chosen_by,
    )


def _client(host: str) -> docker.DockerClient:
    """A client that uses TLS whenever the Docker CLI would, on any port.

    The SDK alone also requires a client certificate, and uses plain HTTP for a context that has none.
    """
    tls = endpoint.tls() if host.startswith("tcp:") else None
    return docker.DockerClient(host, tls=_with_certificates(host, tls) if tls else False, timeout=_SECONDS)


def _with_certificates(host: str, tls: Tls) -> TLSConfig:
    authority, certificate, key = (tls.certificates / f"{name}.pem" for name in ("ca", "cert", "key"))
    pair = (str(certificate), str(key)) if certificate.exists() and key.exists() else None
    own = str(authority) if authority.exists() else None
    return _OwnCertificates(host, client_cert=pair, ca_cert=own, verify=tls.verify)


class _OwnCertificates(TLSConfig):
    """Uses its own certificates even if REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE is set.

    requests prefers those variables and then ignores `verify`: https://github.com/psf/requests/issues/3829
    """

    def __init__(self, host: str, **settings: Any) -> None:
        super().__init__(**settings)
        self._host = host

    def configure_client(self, client: docker.APIClient) -> None:
        """Ignores the environment, except for its proxies."""
        super().configure_client(client)
        client.proxies = get_environ_proxies(self._host.replace("tcp:", "https:", 1))
        client.trust_env = False


def shareable(address: str) -> str:
    """The address without user names, host names, user IDs, folders and credentials; a well-known one unchanged."""
    if address in _WELL_KNOWN:
        return address
    return _KINDS.get(address.partition("://")[0], "a TCP address")


def _storage(info: dict[str, Any]) -> str:
    containerd = any("io.containerd.snapshotter" in pair[1] for pair in info.get("DriverStatus") or [] if len(pair) > 1)
    return f"containerd ({info['Driver']})" if containerd else str(info["Driver"])


def _require_buildkit(client: docker.DockerClient) -> None:
    version = client.version()
    components = " ".join(part.get("Name", "") for part in version.get("Components") or [])
    if "podman" in components.lower():
        raise EngineRefused(
            "This is Podman, which has the Docker Engine's API but builds without BuildKit.",
            "Point DOCKER_HOST or the Docker context to a Docker Engine.",
        )
    if not has_buildkit(client):
        raise EngineRefused(
            f"This Docker Engine ({version.get('Version', 'of unknown version')}) does not build with BuildKit.",
            "Update it to Docker Engine 20.10 or later.",
        )
