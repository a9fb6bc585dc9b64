"""The connection to the Docker Engine: which one, how it was chosen, and whether the course can use it."""

import json
import os
from pathlib import Path
from typing import Any

import docker
from docker.constants import DEFAULT_NPIPE, DEFAULT_UNIX_SOCKET
from docker.context import ContextAPI
from docker.context.config import get_current_context_name, get_meta_file, get_tls_dir
from docker.errors import DockerException
from docker.tls import TLSConfig
from requests.utils import get_environ_proxies

from helpers.core.errors import EngineNotFound, EngineRefused
from helpers.core.records import Engine
from helpers.engine.buildkit import control

_WELL_KNOWN = frozenset({DEFAULT_UNIX_SOCKET.replace("http+unix", "unix"), DEFAULT_NPIPE, "unix:///run/docker.sock"})
_KINDS = {"unix": "a Unix socket", "npipe": "a named pipe", "ssh": "an SSH address"}
_SECONDS = 120  # for one response; builds have their own limit


def connect() -> docker.DockerClient:
    """A client of the engine that DOCKER_HOST, else the current Docker context, else the default socket points to.

    Raises EngineNotFound if none responds, EngineRefused if it can't build with BuildKit.
    """
    _require_context()
    try:
        client = _client()
        client.ping()
    except DockerException as error:
        raise EngineNotFound(
            f"No Docker Engine answers at {address()} (by {chosen_by()}): {error}.",
            "Start it, or let the course install and start one: `python3 -m helpers run --yes`",
        ) from error
    _require_buildkit(client)
    return client


def chosen_by() -> str:
    """What selects the engine: "DOCKER_HOST", "context NAME" or "default socket"."""
    if os.environ.get("DOCKER_HOST"):
        return "DOCKER_HOST"
    name = _context_name()
    return "default socket" if name == "default" else f"context {name}"


def describe(client: docker.DockerClient) -> Engine:
    """The engine as it describes itself, with an address that is safe to share."""
    version, info = client.version(), client.info()
    return Engine(
        address=shareable(address()),
        version=version["Version"],
        storage=_storage(info),
        architecture=version["Arch"],
        api_version=version["ApiVersion"],
        system=info.get("OperatingSystem", ""),
        chosen_by=chosen_by(),
    )


def _client() -> docker.DockerClient:
    """A client that uses TLS whenever the Docker CLI would, on any port.

    The SDK alone also requires a client certificate, and uses plain HTTP for a context that has none.
    """
    host = address()
    tls = _tls() if host.startswith("tcp:") else None
    return docker.DockerClient(host, tls=tls, timeout=_SECONDS) if tls else docker.from_env(timeout=_SECONDS)


def _tls() -> TLSConfig | None:
    """The TLS settings from DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, else from the context; None for no TLS."""
    folder, verify = os.environ.get("DOCKER_CERT_PATH"), bool(os.environ.get("DOCKER_TLS_VERIFY"))
    if folder or verify:
        return _with_certificates(Path(folder or Path.home() / ".docker"), verify)
    name = _context_name()
    if os.environ.get("DOCKER_HOST") or name == "default":
        return None
    unverified = bool(json.loads(Path(get_meta_file(name)).read_text())["Endpoints"]["docker"].get("SkipTLSVerify"))
    certificates = Path(get_tls_dir(name, "docker"))
    return _with_certificates(certificates, not unverified) if unverified or any(certificates.glob("*.pem")) else None


def _with_certificates(folder: Path, verify: bool) -> TLSConfig:
    """TLS settings from the files ca.pem, cert.pem and key.pem, as the Docker CLI names them; each may be missing."""
    authority, certificate, key = (folder / f"{name}.pem" for name in ("ca", "cert", "key"))
    pair = (str(certificate), str(key)) if certificate.exists() and key.exists() else None
    return _OwnCertificates(client_cert=pair, ca_cert=str(authority) if authority.exists() else None, verify=verify)


class _OwnCertificates(TLSConfig):
    """Uses its own certificates even if REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE is set.

    requests prefers those variables and then ignores `verify`: https://github.com/psf/requests/issues/3829
    """

    def configure_client(self, client: docker.APIClient) -> None:
        """Ignores the environment, except for its proxies."""
        super().configure_client(client)
        client.proxies = get_environ_proxies(address().replace("tcp:", "https:", 1))
        client.trust_env = False


def address() -> str:
    """The engine's address: DOCKER_HOST, else that of the current Docker context, else the default socket."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    context = ContextAPI.get_context(_context_name())
    host = str(context.Host) if context and context.Host else DEFAULT_UNIX_SOCKET
    return host.replace("http+unix://", "unix://")


def shareable(address: str) -> str:
    """The address without user names, host names, user IDs, folders and credentials; a well-known one unchanged."""
    if address in _WELL_KNOWN:
        return address
    return _KINDS.get(address.partition("://")[0], "a TCP address")


def _context_name() -> str:
    """The context that the SDK would use: DOCKER_CONTEXT, else the one set by `docker context use`."""
    return os.environ.get("DOCKER_CONTEXT") or get_current_context_name()


def _require_context() -> None:
    """Raises EngineNotFound for an unknown context, for which the SDK would silently use the default socket."""
    name = _context_name()
    if not os.environ.get("DOCKER_HOST") and ContextAPI.get_context(name) is None:
        raise EngineNotFound(
            f"The Docker context {name!r} does not exist.",
            "List the contexts with `docker context ls`, then choose one with DOCKER_CONTEXT or `docker context use`",
        )


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
    if not control.has_buildkit(client):
        raise EngineRefused(
            f"This Docker Engine ({version.get('Version', 'of unknown version')}) does not build with BuildKit.",
            "Update it to Docker Engine 20.10 or later.",
        )
