"""Which engine is meant: DOCKER_HOST, then the current Docker context, then the default socket."""

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
    """Where the engine is looked for, and what said so."""

    host: str  # "unix:///var/run/docker.sock"
    chosen_by: str  # "DOCKER_HOST" | "context desktop-linux" | "default socket"

    @property
    def is_default(self) -> bool:
        """Whether nothing and nobody chose it, so that an engine may be started there."""
        return self.chosen_by == "default socket"


def find() -> Address:
    """The address of the engine that is meant on this machine.

    Raises SetupError where a context is named that does not exist: no other engine is taken in its place.
    """
    host = os.environ.get("DOCKER_HOST")
    if host:
        return Address(host, "DOCKER_HOST")
    name = context()
    if name == "default":
        return Address(_DEFAULT, "default socket")
    return Address(_host_of(name), f"context {name}")


def context() -> str:
    """The name of the Docker context that is meant, "default" where none is chosen."""
    return os.environ.get("DOCKER_CONTEXT") or _current_context() or "default"


def uses_tls() -> bool:
    """Whether that engine is spoken to with TLS, whatever its port.

    Decided by what the Docker SDK and the Docker command line go by: DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, else by
    what the current context says of TLS, and by the certificates that it has.
    """
    if os.environ.get("DOCKER_TLS_VERIFY") or os.environ.get("DOCKER_CERT_PATH"):
        return True
    name = context()
    if os.environ.get("DOCKER_HOST") or name == "default":
        return False
    certificates = folder() / "contexts" / "tls" / hashlib.sha256(name.encode()).hexdigest() / "docker"
    return bool(_endpoint(name).get("SkipTLSVerify")) or any(certificates.glob("*.pem"))


def folder() -> Path:
    """The folder of the Docker client's settings."""
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
            f"The Docker context {name!r} is chosen, and {folder()} knows none of that name.",
            "see them with `docker context ls`, choose with `docker context use NAME`, or unset DOCKER_CONTEXT",
        ) from error


def _endpoint(name: str) -> "dict[str, object]":
    """What the Docker command line keeps of a context's engine, under the name's SHA-256."""
    file = folder() / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))["Endpoints"]["docker"])
