"""The engine that is reached: which one, by what, and whether the course can use it."""

import json
import os
from pathlib import Path
from typing import Any

import docker
from buildkit_session import has_buildkit
from docker.constants import DEFAULT_NPIPE, DEFAULT_UNIX_SOCKET
from docker.context import ContextAPI
from docker.context.config import get_current_context_name, get_meta_file, get_tls_dir
from docker.errors import DockerException
from docker.tls import TLSConfig
from requests.utils import get_environ_proxies

from helpers.records import Engine
from helpers.records.errors import EngineNotFound, EngineRefused

_WELL_KNOWN = frozenset({DEFAULT_UNIX_SOCKET.replace("http+unix", "unix"), DEFAULT_NPIPE, "unix:///run/docker.sock"})
_KINDS = {"unix": "a Unix socket", "npipe": "a named pipe", "ssh": "an SSH address"}
_SECONDS = 120  # for one answer; builds have a limit of their own


def connect() -> docker.DockerClient:
    """A client of the engine named by DOCKER_HOST, else by the current Docker context, else behind the default socket.

    Raises EngineNotFound where none answers, EngineRefused where it cannot build with BuildKit.
    """
    _known_context()
    try:
        client = _client()
        client.ping()
    except DockerException as error:
        raise EngineNotFound(
            f"No Docker Engine answers at {address()} (by {chosen_by()}): {error}.",
            "start it, or let `python3 -m helpers run --yes` install and start one",
        ) from error
    _refuse_others(client)
    return client


def chosen_by() -> str:
    """What decides which engine is reached: "DOCKER_HOST", "context NAME" or "default socket"."""
    if os.environ.get("DOCKER_HOST"):
        return "DOCKER_HOST"
    name = _context_name()
    return "default socket" if name == "default" else f"context {name}"


def describe(client: docker.DockerClient) -> Engine:
    """The engine behind the client, in its own words. Its address is in the form that may be shown to others."""
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
    """A client that speaks TLS wherever the Docker command line would, on any port.

    The SDK by itself wants a client's certificate too, and speaks plain HTTP where a context has none.
    """
    host = address()
    tls = _tls() if host.startswith("tcp:") else None
    return docker.DockerClient(host, tls=tls, timeout=_SECONDS) if tls else docker.from_env(timeout=_SECONDS)


def _tls() -> TLSConfig | None:
    """How TLS is spoken to that engine: by DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, else by the context."""
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
    """The files have these names wherever the Docker command line keeps them; each may be missing."""
    authority, certificate, key = (folder / f"{name}.pem" for name in ("ca", "cert", "key"))
    pair = (str(certificate), str(key)) if certificate.exists() and key.exists() else None
    return _OwnAuthority(client_cert=pair, ca_cert=str(authority) if authority.exists() else None, verify=verify)


class _OwnAuthority(TLSConfig):
    """Goes by its own certificates also where REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names others.

    requests prefers those, and with them whatever `verify` says is lost: https://github.com/psf/requests/issues/3829
    """

    def configure_client(self, client: docker.APIClient) -> None:
        """Leaves the environment aside, but for its proxies."""
        super().configure_client(client)
        client.proxies = get_environ_proxies(address().replace("tcp:", "https:", 1))
        client.trust_env = False


def address() -> str:
    """Where the engine is reached: DOCKER_HOST, else what the current Docker context says, else the default socket."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    context = ContextAPI.get_context(_context_name())
    host = str(context.Host) if context and context.Host else DEFAULT_UNIX_SOCKET
    return host.replace("http+unix://", "unix://")


def shareable(address: str) -> str:
    """The address without names of users and hosts, user IDs, folders and credentials; a well-known one as it is."""
    if address in _WELL_KNOWN:
        return address
    return _KINDS.get(address.partition("://")[0], "a TCP address")


def _context_name() -> str:
    """As the SDK decides it: DOCKER_CONTEXT, else what `docker context use` wrote down."""
    return os.environ.get("DOCKER_CONTEXT") or get_current_context_name()


def _known_context() -> None:
    """The SDK takes the default socket for a context it does not know; the reader is told instead."""
    name = _context_name()
    if not os.environ.get("DOCKER_HOST") and ContextAPI.get_context(name) is None:
        raise EngineNotFound(
            f"The Docker context {name!r} does not exist.",
            "name another: `docker context ls` lists them, DOCKER_CONTEXT or `docker context use` chooses",
        )


def _storage(info: dict[str, Any]) -> str:
    containerd = any("io.containerd.snapshotter" in pair[1] for pair in info.get("DriverStatus") or [] if len(pair) > 1)
    return f"containerd ({info['Driver']})" if containerd else str(info["Driver"])


def _refuse_others(client: docker.DockerClient) -> None:
    version = client.version()
    components = " ".join(part.get("Name", "") for part in version.get("Components") or [])
    if "podman" in components.lower():
        raise EngineRefused(
            "This is Podman, which answers as a Docker Engine does but builds without BuildKit.",
            "point DOCKER_HOST or the Docker context to a Docker Engine",
        )
    if not has_buildkit(client):
        raise EngineRefused(
            f"This Docker Engine ({version.get('Version', 'of unknown version')}) does not build with BuildKit.",
            "update it: the course needs Docker Engine 20.10 or later",
        )
