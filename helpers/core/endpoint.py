"""Which engine is meant: DOCKER_HOST, else the selected Docker context, else the default socket.

The rules and the files are those of the Docker CLI: https://docs.docker.com/engine/manage-resources/contexts/
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from helpers.core.errors import SetupError

UNIX_SOCKET, NAMED_PIPE = "unix:///var/run/docker.sock", "npipe:////./pipe/docker_engine"
DEFAULT_HOST = NAMED_PIPE if sys.platform == "win32" else UNIX_SOCKET


@dataclass(frozen=True)
class Address:
    """The address of an engine, and the setting that chose it."""

    host: str  # "unix:///var/run/docker.sock"
    chosen_by: str  # "DOCKER_HOST" | "context desktop-linux" | "default socket"

    @property
    def is_default(self) -> bool:
        """Whether no setting chose this address, so that an engine may be started here."""
        return self.chosen_by == "default socket"


@dataclass(frozen=True)
class Tls:
    """The certificates for a connection, and whether the engine's own certificate is checked."""

    certificates: Path  # the folder of ca.pem, cert.pem and key.pem, each of which may be missing
    verify: bool


def find() -> Address:
    """The address of the engine that this machine's settings select.

    Raises SetupError if the selected context does not exist; no other engine replaces it.
    """
    host = os.environ.get("DOCKER_HOST")
    if host:
        return Address(host, "DOCKER_HOST")
    name = context()
    if name == "default":
        return Address(DEFAULT_HOST, "default socket")
    return Address(_host_of(name), f"context {name}")


def context() -> str:
    """The name of the selected Docker context; "default" if none is selected."""
    return os.environ.get("DOCKER_CONTEXT") or _current_context() or "default"


def tls() -> Tls | None:
    """How connections over TCP to the selected engine use TLS, on any port; None for plain HTTP.

    DOCKER_TLS_VERIFY and DOCKER_CERT_PATH come first, then the current context's TLS setting and certificates.
    """
    certificates, verify = os.environ.get("DOCKER_CERT_PATH"), bool(os.environ.get("DOCKER_TLS_VERIFY"))
    if certificates or verify:
        return Tls(Path(certificates or Path.home() / ".docker"), verify)
    name = context()
    if os.environ.get("DOCKER_HOST") or name == "default":
        return None
    stored = folder() / "contexts" / "tls" / _identity(name) / "docker"
    verify = not _endpoint(name).get("SkipTLSVerify")
    return Tls(stored, verify) if not verify or any(stored.glob("*.pem")) else None


def folder() -> Path:
    """The folder of the Docker client's settings: DOCKER_CONFIG, else ~/.docker."""
    return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")


def _current_context() -> str:
    try:
        settings = json.loads((folder() / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(settings.get("currentContext") or "")


def _host_of(name: str) -> str:
    """The address of a context's engine."""
    try:
        return str(_endpoint(name)["Host"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"The Docker context {name!r} is selected but does not exist in {folder()}.",
            "List contexts with `docker context ls`, select one with `docker context use`, or unset DOCKER_CONTEXT.",
        ) from error


def _endpoint(name: str) -> "dict[str, object]":
    """The engine's entry in a context's metadata, which the Docker CLI stores under the SHA-256 of the name."""
    file = folder() / "contexts" / "meta" / _identity(name) / "meta.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))["Endpoints"]["docker"])


def _identity(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
