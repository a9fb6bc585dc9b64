"""Finds the engine to use: DOCKER_HOST, then the current Docker context, then the default socket."""

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from helpers.setup.errors import SetupError

_DEFAULT = "npipe:////./pipe/docker_engine" if sys.platform == "win32" else "unix:///var/run/docker.sock"


@dataclass(frozen=True)
class Address:
    """The address of an engine, and the setting that chose it."""

    host: str  # "unix:///var/run/docker.sock"
    chosen_by: str  # "DOCKER_HOST" | "context desktop-linux" | "default socket"

    @property
    def is_default(self) -> bool:
        """Whether no setting chose this address, so that an engine may be started here."""
        return self.chosen_by == "default socket"


def find() -> Address:
    """The address of the engine that this machine's settings select.

    Raises SetupError if the selected context does not exist; no other engine replaces it.
    """
    host = os.environ.get("DOCKER_HOST")
    if host:
        return Address(host, "DOCKER_HOST")
    name = context()
    if name == "default":
        return Address(_DEFAULT, "default socket")
    return Address(_host_of(name), f"context {name}")


def context() -> str:
    """The name of the selected Docker context; "default" if none is selected."""
    return os.environ.get("DOCKER_CONTEXT") or _current_context() or "default"


def uses_tls() -> bool:
    """Whether connections to the selected engine use TLS, on any port.

    Follows the Docker SDK and the Docker CLI: DOCKER_TLS_VERIFY and DOCKER_CERT_PATH come first, then the current
    context's TLS setting and certificates.
    """
    if os.environ.get("DOCKER_TLS_VERIFY") or os.environ.get("DOCKER_CERT_PATH"):
        return True
    name = context()
    if os.environ.get("DOCKER_HOST") or name == "default":
        return False
    certificates = folder() / "contexts" / "tls" / hashlib.sha256(name.encode()).hexdigest() / "docker"
    return bool(_endpoint(name).get("SkipTLSVerify")) or any(certificates.glob("*.pem"))


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
    file = folder() / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))["Endpoints"]["docker"])
