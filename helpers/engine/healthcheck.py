"""The engine's verdict on a container, by the HEALTHCHECK of its image."""

import time
from typing import Any

from docker.models.containers import Container

_INTERVAL_SECONDS = 0.5
LIMIT_SECONDS = 30.0
_POLL_SECONDS = 0.1

# Runs the image's check more often; the command and the criteria stay the image's own.
OFTEN: dict[str, Any] = {"healthcheck": {"interval": int(_INTERVAL_SECONDS * 1e9)}}


def verdict_of(container: Container, limit: float = LIMIT_SECONDS) -> str | None:
    """The engine's verdict within `limit` seconds: "healthy", "unhealthy", or "starting" if it hasn't decided.

    None if the image has no HEALTHCHECK.
    """
    deadline = time.monotonic() + limit
    verdict = _current(container)
    while verdict == "starting" and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        verdict = _current(container)
    return verdict


def _current(container: Container) -> str | None:
    container.reload()
    health = container.attrs["State"].get("Health") or {}
    status = health.get("Status")
    return None if status in (None, "none") else str(status)
