"""Whose containers and builds an engine is busy with: the course's, or anyone else's."""

from typing import Any

from helpers.core.names import LABEL
from helpers.setup.ping import ask

_ACTIVE = {"running", "paused", "restarting"}
SECONDS_TO_LIST = 60.0  # an engine before 23 ignores `type` and measures all its images first


def foreign_activity(host: str) -> list[str] | None:
    """The containers and builds at the address that are not the course's, by name; None if the engine doesn't say.

    BuildKit marks the cache records that a build reads and writes as in use until the build ends (seen on 20.10.24).
    The classic builder runs each step in a container. A build of the course counts as foreign too.
    """
    answer = ask(host, "/system/df?type=container&type=build-cache", SECONDS_TO_LIST)
    if "Containers" not in answer or "BuildCache" not in answer:
        return None
    names = [f"the container {_name(each)}" for each in answer["Containers"] or () if _is_foreign(each)]
    building = any(record.get("InUse") for record in answer["BuildCache"] or ())
    return [*sorted(names), *(["a build"] if building else [])]


def _is_foreign(container: dict[str, Any]) -> bool:
    return container.get("State") in _ACTIVE and LABEL not in (container.get("Labels") or {})


def _name(container: dict[str, Any]) -> str:
    names = container.get("Names") or [str(container.get("Id"))[:12]]
    return str(names[0]).lstrip("/")
