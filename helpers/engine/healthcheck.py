"""The engine's own verdict on a container, by the HEALTHCHECK that its image carries."""

import time
from typing import Any

from docker.models.containers import Container

_INTERVAL_SECONDS = 0.5
LIMIT_SECONDS = 30.0
_LOOK_SECONDS = 0.1

# The image's check, asked more often: what it asks, and how it judges the answers, stays the image's own.
OFTEN: dict[str, Any] = {"healthcheck": {"interval": int(_INTERVAL_SECONDS * 1e9)}}


def verdict_of(container: Container, limit: float = LIMIT_SECONDS) -> str | None:
    """What the engine decides within `limit` seconds: "healthy", "unhealthy"; "starting" where it has not decided.

    None where the image has no HEALTHCHECK.
    """
    deadline = time.monotonic() + limit
    verdict = _now(container)
    while verdict == "starting" and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
        verdict = _now(container)
    return verdict


def _now(container: Container) -> str | None:
    container.reload()
    health = container.attrs["State"].get("Health") or {}
    status = health.get("Status")
    return None if status in (None, "none") else str(status)
